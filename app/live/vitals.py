"""How old the picture is, and which part is to blame when it stands still. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from iot.live import HEARTBEAT_S

if TYPE_CHECKING:
    from iot.live import Heartbeat

Cause = Literal["broker", "ingest", "store"]

#: Three heartbeats missed, and half of one for the way they come; milliseconds.
STALE_MS = int(3.5 * HEARTBEAT_S * 1000)

#: Restarts of ingest whose counters are kept apart.
EPOCHS_KEPT = 16


@dataclass(frozen=True)
class Staleness:
    """The picture stands still: since when (epoch ms UTC), which part, in whose words."""

    since: int
    cause: Cause
    detail: str


@dataclass
class Vitals:
    """What is known of broker, ingest and store; all moments by our clock, epoch ms UTC.

    started: when this program began to listen.
    data_at: the newest heartbeat's own time: the picture is as of then.
    counters: each ingest's counters by epoch, as its last heartbeat had them; those of
        the oldest are folded together under ``""``.
    """

    started: int
    connected: bool = False
    connection_changed: int = 0
    connection_reason: str = "not connected yet"
    heard: int | None = None
    data_at: int | None = None
    ingest_problem: str | None = None
    ingest_problem_since: int = 0
    read_problem: str | None = None
    read_problem_since: int = 0
    counters: dict[str, dict[str, int]] = field(default_factory=dict)

    def connection(self, connected: bool, reason: str, now: int) -> None:
        """The broker was reached or lost."""
        if connected != self.connected or not self.connection_changed:
            self.connection_changed = now
        self.connected = connected
        self.connection_reason = reason

    def heartbeat(self, heartbeat: Heartbeat, now: int) -> None:
        """An ingest is alive, and says how its store is."""
        self.heard = now
        # Never ahead of us: after a clock was set back, old data would look fresh for long.
        known = self.data_at if self.data_at is not None and self.data_at <= now else 0
        self.data_at = max(known, min(heartbeat.at, now))
        self._count(heartbeat)
        if heartbeat.store_ok:
            self.ingest_problem = None
        elif self.ingest_problem is None:
            self.ingest_problem = heartbeat.problem or "the store does not take readings"
            self.ingest_problem_since = now

    def store_read(self, problem: str | None, now: int) -> None:
        """Our own reading of the store worked (None) or did not."""
        if problem is not None and self.read_problem is None:
            self.read_problem_since = now
        self.read_problem = problem

    def totals(self) -> dict[str, int]:
        """The counters of all ingests since we began to listen; they never fall."""
        totals: dict[str, int] = {}
        for counters in self.counters.values():
            _add(totals, counters)
        return totals

    def _count(self, heartbeat: Heartbeat) -> None:
        self.counters[heartbeat.epoch] = dict(heartbeat.counters)
        if len(self.counters) > EPOCHS_KEPT:
            oldest = next(epoch for epoch in self.counters if epoch)
            _add(self.counters.setdefault("", {}), self.counters.pop(oldest))

    def staleness(self, now: int) -> Staleness | None:
        """None while all is well; else the first part on the data's way that is not."""
        if not self.connected:
            since = self.connection_changed or self.started
            return Staleness(since, "broker", self.connection_reason)
        if self.heard is None:
            return Staleness(self.started, "ingest", "ingest was not heard yet")
        if now - self.heard > STALE_MS:
            return Staleness(self.heard, "ingest", "no heartbeat of ingest")
        if self.ingest_problem is not None:
            return Staleness(self.ingest_problem_since, "store", self.ingest_problem)
        if self.read_problem is not None:
            return Staleness(self.read_problem_since, "store", self.read_problem)
        return None


def _add(totals: dict[str, int], counters: dict[str, int]) -> None:
    for name, value in counters.items():
        totals[name] = totals.get(name, 0) + value
