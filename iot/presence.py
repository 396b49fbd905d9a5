"""Presence of components and gateways: online, late, offline, unknown."""

from __future__ import annotations

from enum import IntEnum

#: A component is online until it has been quiet for so many of its intervals, then
#: late, and offline after ``OFFLINE_AFTER``. Common practice, not from a standard:
#: a default to be confirmed by the site.
LATE_AFTER = 1.5
OFFLINE_AFTER = 3.0


class Presence(IntEnum):
    """Unknown is never shown as normal. The numbers travel in the binary snapshot."""

    UNKNOWN = 0
    ONLINE = 1
    LATE = 2
    OFFLINE = 3

    @property
    def label(self) -> str:
        """The name in the contract, ``"online"`` …"""
        return self.name.lower()


def presence_after(quiet_ms: int, interval_ms: int) -> Presence:
    """The presence of a component that has been quiet so long."""
    if quiet_ms <= LATE_AFTER * interval_ms:
        return Presence.ONLINE
    return Presence.LATE if quiet_ms <= OFFLINE_AFTER * interval_ms else Presence.OFFLINE
