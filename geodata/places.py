"""Who is where, and what is near: spatial indexes over whole layers at once."""

from __future__ import annotations

from functools import cache
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geodata.crs import METRIC, WGS84

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

#: A point this far (metres) outside of every area still belongs to the nearest one:
#: what positions are worth (GPS, coordinates cut to 5 decimals), and less than any grid.
SNAP_M = 5.0


@cache
def _to_metres() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(WGS84, METRIC, always_xy=True)


def metres(geometries: Any) -> Any:
    """Geometries (one or an array) from WGS 84 lon/lat to EPSG:4549 metres."""
    transform = _to_metres().transform
    return shapely.transform(geometries, lambda xy: np.column_stack(transform(xy[:, 0], xy[:, 1])))


def standing_points(geometries: NDArray[np.object_]) -> NDArray[np.object_]:
    """Where each feature stands: a point itself, half way along a line, a point inside an area."""
    kinds = shapely.get_type_id(geometries)
    points = np.array(geometries, dtype=object)
    lines = kinds == shapely.GeometryType.LINESTRING
    points[lines] = shapely.line_interpolate_point(points[lines], 0.5, normalized=True)
    rest = ~lines & (kinds != shapely.GeometryType.POINT) & (kinds >= 0)
    points[rest] = shapely.point_on_surface(points[rest])
    return points


class AreaIndex:
    """Which area of one layer holds a point.

    On a border it is the area of the smallest code; up to ``SNAP_M`` outside of
    all it is the nearest (of equally near ones the smallest code); else none.
    """

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        """frame: areas in EPSG:4326, indexed by code."""
        ordered = frame[~(frame.geometry.isna() | frame.geometry.is_empty)].sort_index()
        self._codes = np.array([*ordered.index, None], dtype=object)  # [-1] is "no area"
        self._areas = np.asarray(ordered.geometry.values, dtype=object)
        self._tree = shapely.STRtree(self._areas)
        self._metric_tree: shapely.STRtree | None = None
        shapely.prepare(self._areas)

    def of(self, point: shapely.Point) -> str | None:
        """The code of the area that holds one point."""
        if not (isfinite(point.x) and isfinite(point.y)):
            return None
        hits = self._tree.query(point)
        held = hits[shapely.intersects(self._areas[hits], point)]
        if held.size:
            return str(self._codes[held.min()])
        code = self._codes[self._snap(np.array([point], dtype=object))[0]]
        return None if code is None else str(code)

    def of_all(self, points: NDArray[np.object_]) -> NDArray[np.object_]:
        """The codes of the areas that hold these points (None where none does)."""
        # Areas ask a tree of points, not the reverse: each area is prepared once.
        areas, held = shapely.STRtree(points).query(self._areas, predicate="intersects")
        nobody = len(self._areas)
        found = np.full(len(points), nobody)
        np.minimum.at(found, held, areas)
        lost = np.flatnonzero((found == nobody) & ~shapely.is_missing(points))
        found[lost] = self._snap(points[lost])
        codes: NDArray[np.object_] = self._codes[found]
        return codes

    def _snap(self, points: NDArray[np.object_]) -> NDArray[np.intp]:
        """Index of the nearest area within ``SNAP_M``, else of "no area"."""
        found = np.full(len(points), len(self._areas))
        if not len(points) or not len(self._areas):
            return found
        if self._metric_tree is None:
            self._metric_tree = shapely.STRtree(metres(self._areas))
        near, areas = self._metric_tree.query_nearest(metres(points), max_distance=SNAP_M)
        np.minimum.at(found, near, areas)
        return found


class Nearest:
    """What is near a point, in metres (EPSG:4549)."""

    def __init__(self, frame: gpd.GeoDataFrame) -> None:
        """frame: any geometries in EPSG:4326, indexed by code."""
        there = frame[~(frame.geometry.isna() | frame.geometry.is_empty)]
        self._codes = np.asarray(there.index, dtype=object)
        self._shapes = metres(np.asarray(there.geometry.values, dtype=object))
        self._tree = shapely.STRtree(self._shapes)

    def within(
        self, lon: float, lat: float, radius_m: float, limit: int
    ) -> list[tuple[float, str]]:
        """(distance in metres, code) of what is at most ``radius_m`` away, nearest first."""
        centre = metres(shapely.Point(lon, lat))
        hits = self._tree.query(centre, predicate="dwithin", distance=radius_m)
        distances = shapely.distance(self._shapes[hits], centre)
        found = zip(distances.tolist(), self._codes[hits].tolist(), strict=True)
        return sorted(found)[:limit]
