"""Counters, as the heartbeat carries them to ``/metrics``."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iot.ingest.outcome import Outcome, Refusal

#: Always told, so that a rate can be seen from its first moment.
ALWAYS = (
    "messages", "readings", "rejected", "late", "duplicates", "batches", "store_failures",
    "alerts_opened", "alerts_escalated", "alerts_eased", "alerts_cleared", "rule_failures",
    "rejections_unsent",
)  # fmt: skip
#: Refusals are told apart by so many gateways; those of all others are one more.
MOST_GATEWAYS = 200


class Tally:
    """Counts since the start of this process.

    ``rejected`` and ``rejected.{reason}`` count refused parts of messages;
    ``rejected_by.{reason}.{gateway}`` the same for each gateway.
    """

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter(dict.fromkeys(ALWAYS, 0))
        self._gateways: set[str] = set()
        self._lock = Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Count something by its name."""
        with self._lock:
            self._counts[name] += count

    def outcome(self, outcome: Outcome) -> None:
        """Count what a batch counted, and its refusals."""
        with self._lock:
            self._counts.update(outcome.counters)
            for refusal in outcome.refusals:
                self._refusal(refusal)

    def snapshot(self) -> dict[str, int]:
        """All counters now."""
        with self._lock:
            return dict(self._counts)

    def _refusal(self, refusal: Refusal) -> None:
        gateway = refusal.gateway
        if gateway not in self._gateways:
            if len(self._gateways) >= MOST_GATEWAYS:
                gateway = "(others)"
            else:
                self._gateways.add(gateway)
        self._counts["rejected"] += refusal.count
        self._counts[f"rejected.{refusal.reason}"] += refusal.count
        self._counts[f"rejected_by.{refusal.reason}.{gateway}"] += refusal.count
