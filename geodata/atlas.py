"""The atlas: every layer of the GeoPackage in memory, and who is where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geodata import geopackage
from geodata.attributes import AREA_COLUMNS, LAYER_IDS
from geodata.errors import AtlasUnavailableError
from geodata.frames import complete_layers, plain
from geodata.places import AreaIndex, Nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import geopandas as gpd
    import pandas as pd

#: How often reading starts again when a new state is published meanwhile.
_ATTEMPTS = 5
#: What people ask for what is near a place.
NEARBY_LAYERS = ("key_projects", "party_sites", "service_points", "components")


@dataclass(frozen=True)
class Where:
    """The areas that hold one point, as codes; None where no area of that layer does."""

    town: str | None = None
    community: str | None = None
    grid: str | None = None
    enforcement_area: str | None = None


@dataclass(frozen=True, eq=False)
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
        does not have is an empty frame with the same columns. Text that is not
        there is None.
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
        for _ in range(_ATTEMPTS):
            version = cls.stamp(path)
            frames = {layer: geopackage.read_layer(path, layer) for layer in _listed(path)}
            agencies = geopackage.read_agencies(path)
            sample = geopackage.read_meta(path).get("sample") == "1"
            if cls.stamp(path) == version:
                return cls.of(frames, agencies, path=path, version=version, sample=sample)
        raise AtlasUnavailableError(f"{path}: it keeps changing while it is read")

    @classmethod
    def of(
        cls,
        frames: Mapping[str, gpd.GeoDataFrame],
        agencies: pd.DataFrame | None = None,
        *,
        path: Path,
        version: str = "",
        sample: bool = False,
    ) -> Atlas:
        """An atlas of frames at hand, completed as described above.

        Raises:
            AtlasUnavailableError: a layer has no ``code``, an empty one or one twice.
        """
        layers = complete_layers(path, frames)
        if agencies is None:
            agencies = geopackage.no_agencies()
        return cls(path=path, version=version, layers=layers, agencies=agencies, sample=sample)

    @classmethod
    def empty(cls, path: Path) -> Atlas:
        """An atlas with every layer of the contract and nothing in them."""
        return cls.of({}, path=path)

    @staticmethod
    def stamp(path: Path) -> str:
        """The version that is published at ``path`` now, cheap enough to ask every second.

        Raises:
            AtlasUnavailableError: there is no file.
        """
        return geopackage.stamp(path)

    @property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north in degrees: of the district, else of what there is."""
        for layer in ("district", "towns", "communities", "grids"):
            if len(self.layers[layer]):
                return _bounds([self.layers[layer]])
        full = [frame for frame in self.layers.values() if len(frame)]
        return _bounds(full) if full else None

    def locate(self, lon: float, lat: float) -> Where:
        """Who is where: WGS 84 degrees in, codes out.

        A point on a border belongs to the area of the smallest code, a point up to
        ``places.SNAP_M`` outside to the nearest; further out, to none.
        """
        point = shapely.Point(lon, lat)
        found = {AREA_COLUMNS[layer]: index.of(point) for layer, index in self._areas.items()}
        return Where(**found)

    def row(self, layer: str, code: str) -> dict[str, Any] | None:
        """One feature's attributes with ``geometry`` (shapely, EPSG:4326), or None.

        Values are plain Python: text, int, float, bool or None.
        """
        frame = self.layers.get(layer)
        if frame is None or code not in frame.index:
            return None
        values = frame.loc[code]
        return {str(name): plain(value) for name, value in values.items()}

    def name(self, layer: str, code: str | None) -> str | None:
        """The name of one feature, or None."""
        frame = self.layers.get(layer)
        if frame is None or code is None or code not in frame.index:
            return None
        name: str | None = plain(frame.at[code, "name"])
        return name

    def within(self, layer: str, area_layer: str, area_code: str) -> list[str]:
        """Codes of the features of ``layer`` whose derived column names that area, in order."""
        key = (layer, area_layer)
        if key not in self._members:
            self._members[key] = self._group(layer, area_layer)
        return list(self._members[key].get(area_code, ()))

    def nearby(
        self, layer: str, lon: float, lat: float, radius_m: float, limit: int
    ) -> list[tuple[float, str]]:
        """(distance in metres, code), nearest first, measured in EPSG:4549."""
        if layer not in self._nearest:
            self._nearest[layer] = Nearest(self.layers[layer])
        return self._nearest[layer].within(lon, lat, radius_m, limit)

    def area_m2(self, layer: str, code: str) -> float:
        """The size of one area in square metres, measured on the ellipsoid; 0.0 for none."""
        frame = self.layers[layer]
        if code not in frame.index:
            return 0.0
        size, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(frame.at[code, "geometry"])
        return abs(float(size))

    def warm(self) -> None:
        """Make now, on a thread that may wait, what would be made when first asked for."""
        _ = self._areas
        for layer, area_layer in product(self.layers, (*AREA_COLUMNS, "district")):
            self.within(layer, area_layer, "")
        for layer in NEARBY_LAYERS:
            self.nearby(layer, 0.0, 0.0, 0.0, 1)

    @cached_property
    def _areas(self) -> dict[str, AreaIndex]:
        return {layer: AreaIndex(self.layers[layer]) for layer in AREA_COLUMNS}

    @cached_property
    def _members(self) -> dict[tuple[str, str], dict[str, list[str]]]:
        return {}

    @cached_property
    def _nearest(self) -> dict[str, Nearest]:
        return {}

    def _group(self, layer: str, area_layer: str) -> dict[str, list[str]]:
        """Area code -> codes of its features."""
        frame = self.layers[layer]
        codes = sorted(frame.index)
        if area_layer == layer:
            return {code: [code] for code in codes}
        if area_layer == "district":
            return {str(district): codes for district in self.layers["district"].index}
        column = AREA_COLUMNS.get(area_layer)
        if column not in frame.columns:
            return {}
        held = frame[column].dropna()
        return {str(area): sorted(members) for area, members in held.groupby(held).groups.items()}


def _listed(path: Path) -> list[str]:
    found = geopackage.layer_ids(path)
    return [layer for layer in LAYER_IDS if layer in found] + sorted(set(found) - set(LAYER_IDS))


def _bounds(frames: list[gpd.GeoDataFrame]) -> tuple[float, float, float, float]:
    corners = np.array([frame.total_bounds for frame in frames])
    west, south = corners[:, :2].min(axis=0).tolist()
    east, north = corners[:, 2:].max(axis=0).tolist()
    return west, south, east, north
