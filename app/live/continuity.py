"""Noticing what was missed: every message of ingest is numbered within its epoch. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: An ingest that has not been heard for this long is forgotten, milliseconds.
FORGET_MS = 60_000

Verdict = Literal["next", "old", "gap"]


@dataclass
class Continuity:
    """Where the numbering of each ingest stands.

    One entry an epoch, not one in all: when several ingest programs share the work,
    their messages alternate, and that is no gap.
    """

    _seen: dict[str, tuple[int, int]] = field(default_factory=dict)  # epoch: (seq, heard at)

    def delta(self, epoch: str, seq: int, now: int) -> Verdict:
        """Take note of delta ``seq``: it follows, is known already, or something is missing."""
        return self._take(epoch, seq, now, follows=1)

    def heartbeat(self, epoch: str, seq: int, now: int) -> Verdict:
        """Take note that ``seq`` was the last delta sent when the heartbeat was."""
        return self._take(epoch, seq, now, follows=0)

    def forget(self) -> None:
        """The connection was lost: whatever comes next follows a gap."""
        self._seen.clear()

    def _take(self, epoch: str, seq: int, now: int, follows: int) -> Verdict:
        known = self._seen.get(epoch)
        self._drop_silent(now)
        if known is None:
            self._seen[epoch] = (seq, now)
            return "gap"
        last = known[0]
        self._seen[epoch] = (max(last, seq), now)
        if seq > last + follows:
            return "gap"
        return "next" if seq == last + follows else "old"

    def _drop_silent(self, now: int) -> None:
        for epoch, (_, heard) in list(self._seen.items()):
            if now - heard > FORGET_MS:
                del self._seen[epoch]
