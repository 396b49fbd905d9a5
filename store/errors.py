"""What can go wrong with the store, as sentences that name the culprit and the way out."""

from __future__ import annotations


class StoreError(Exception):
    """Base of every error this package raises on purpose."""


class StoreUnavailableError(StoreError):
    """The database cannot be opened, read or written: missing folder, lock, full disk, damage."""
