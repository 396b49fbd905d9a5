"""Presence of components and gateways: online, late, offline, unknown."""

from __future__ import annotations

from enum import IntEnum


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
