"""The atlas: every layer of the GeoPackage in memory, and who is where.

SKELETON, to be completed by its owner; the signatures are the agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd


@dataclass(frozen=True)
class Where:
    """The areas that hold one point, as codes; None where no area of that layer does."""

    town: str | None = None
    community: str | None = None
    grid: str | None = None
    enforcement_area: str | None = None


@dataclass(frozen=True)
class Atlas:
    """One published state of all layers, read-only.

    path: the GeoPackage it was read from.
    version: changes whenever a new state is published (usable in an ETag).
    layers: layer id -> GeoDataFrame in EPSG:4326 (lon, lat), indexed by ``code``
        (text, unique), with ``code`` and ``name`` also as columns. Place layers
        (key_projects, party_sites, service_points, components) always carry the
        derived columns ``town``, ``community``, ``grid``, ``enforcement_area``
        (codes or None); grids carry ``town``, ``community``, ``enforcement_area``;
        communities and enforcement_areas carry ``town``. A layer that the file
        does not have is an empty frame with the same columns.
    agencies: one row an agency of a town: columns code, town, name, head, phone.
    sample: True when these data are made up (演示数据) and the page must say so.
    """

    path: Path
    version: str
    layers: Mapping[str, gpd.GeoDataFrame]
    agencies: pd.DataFrame
    sample: bool

    @classmethod
    def open(cls, path: Path) -> Atlas:
        """Read the whole GeoPackage. Raises AtlasUnavailableError (missing, locked, damaged)."""
        raise NotImplementedError

    @staticmethod
    def stamp(path: Path) -> str:
        """The version that is published at ``path`` now, cheap enough to ask every second."""
        raise NotImplementedError

    def locate(self, lon: float, lat: float) -> Where:
        """Who is where: WGS 84 degrees in, codes out."""
        raise NotImplementedError

    def row(self, layer: str, code: str) -> dict[str, Any] | None:
        """One feature's attributes with ``geometry`` (shapely, EPSG:4326), or None."""
        raise NotImplementedError

    def within(self, layer: str, area_layer: str, area_code: str) -> list[str]:
        """Codes of the features of ``layer`` whose derived column names that area, in code order."""
        raise NotImplementedError

    def nearby(
        self, layer: str, lon: float, lat: float, radius_m: float, limit: int
    ) -> list[tuple[float, str]]:
        """(distance in metres, code), nearest first, measured in EPSG:4549."""
        raise NotImplementedError
