"""What can go wrong at the broker's start, as sentences that name the culprit and the way out."""

from __future__ import annotations


class BrokerError(Exception):
    """Base of every error this package raises on purpose."""


class PortTakenError(BrokerError):
    """Another program listens on the port."""


class BrokerMissingError(BrokerError):
    """The broker that the settings ask for is not installed."""


class PasswordFileError(BrokerError):
    """The password file cannot be read, written or trusted."""
