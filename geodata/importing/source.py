"""A file as it was read, before anything was checked or moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from geodata.importing.report import Problem


@dataclass(frozen=True)
class Source:
    """The features of one file.

    frame: the file's own columns and coordinates; it has no CRS set.
    crs: the name of the CRS that the file gives itself (EPSG code or WKT), or None.
    encoding: of its texts, where it had to be found out.
    """

    frame: gpd.GeoDataFrame
    crs: str | None = None
    encoding: str | None = None
    problems: tuple[Problem, ...] = ()
