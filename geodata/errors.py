"""What can go wrong with areas and places, as sentences that name the culprit and the way out."""

from __future__ import annotations


class GeodataError(Exception):
    """Base of every error this package raises on purpose."""


class AtlasUnavailableError(GeodataError):
    """The GeoPackage is missing, locked or damaged. It is left untouched."""


class UnknownCrsError(GeodataError):
    """A coordinate reference system that is not named, not known or not to be guessed."""
