"""Whether coordinates can be right: in China, near the district, and if not, what would fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geodata.crs import METRIC, WGS84, parse_crs, to_wgs84
from geodata.importing.checks import label
from geodata.importing.report import Problem, named

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

#: West, south, east, north of China, degrees.
CHINA = (73.0, 3.0, 135.0, 54.0)

#: Suzhou and around, for guesses while there is no district yet.
SUZHOU = (119.9, 30.7, 121.4, 32.1)

#: A feature further from the district than this is not of it, metres.
FAR_M = 20_000

#: What surveying offices around here deliver, tried in this order.
CANDIDATES = (
    "EPSG:4490",
    "EPSG:4549",
    "EPSG:4528",
    "EPSG:3857",
    "EPSG:32651",
    "EPSG:2385",
    "EPSG:2437",
)


def check_place(
    frame: gpd.GeoDataFrame, raw: gpd.GeoDataFrame, district: BaseGeometry | None
) -> list[Problem]:
    """An error when features lie where they cannot be.

    frame: in EPSG:4326. raw: the same as the file had it, to say which CRS would fit.
    district: its outline in EPSG:4326, or None while there is none.
    """
    bounds = frame.geometry.bounds.to_numpy(dtype=float)
    west, south, east, north = CHINA
    empty = shapely.is_missing(frame.geometry.array) | shapely.is_empty(frame.geometry.array)
    with np.errstate(invalid="ignore"):
        inside = (bounds[:, 0] >= west) & (bounds[:, 1] >= south)
        inside &= (bounds[:, 2] <= east) & (bounds[:, 3] <= north)
    out = np.flatnonzero(~inside & ~empty)
    if len(out):
        where = f"outside China (lon {west:.0f}–{east:.0f}, lat {south:.0f}–{north:.0f})"
        return [_outside(frame, raw, out, where, district)]
    if district is None or empty.all():
        return []
    far = _far(frame, district) & ~empty
    rows = np.flatnonzero(far)
    if not len(rows):
        return []
    where = f"more than {FAR_M / 1000:.0f} km from the district"
    if len(rows) * 2 > len(frame):
        return [_outside(frame, raw, rows, where, district)]
    detail = f"{where}: {_names(frame, rows)}"
    return [Problem("outside_district", "warning", len(rows), detail)]


def suggest_crs(raw: gpd.GeoDataFrame, district: BaseGeometry | None = None) -> str:
    """A sentence about which CRS these coordinates could be in."""
    points = _points(raw)
    if points is None:
        return "there are no coordinates to tell from"
    west, south, east, north = SUZHOU if district is None else district.buffer(0.2).bounds
    centre = np.median(points, axis=0)
    fits = [name for name in CANDIDATES if _lands(centre, name, (west, south, east, north))]
    if "EPSG:4490" in fits:
        return (
            "the numbers are degrees here: WGS 84, CGCS2000, GCJ-02 or BD-09, which lie up to "
            "1.1 km apart; ask who made the file (Amap, Tencent and DataV are GCJ-02)"
        )
    if fits:
        return f"the numbers would fit --crs {' or '.join(fits)}; ask who made the file"
    if west <= centre[1] <= east and south <= centre[0] <= north:
        return "latitude seems to stand before longitude; swap them"
    return "none of the usual CRS would bring it here"


def _outside(
    frame: gpd.GeoDataFrame,
    raw: gpd.GeoDataFrame,
    rows: NDArray[np.intp],
    where: str,
    district: BaseGeometry | None,
) -> Problem:
    detail = f"{where}: {_names(frame, rows)}; {suggest_crs(raw, district)}"
    return Problem("outside_plausible", "error", len(rows), detail)


def _names(frame: gpd.GeoDataFrame, rows: NDArray[np.intp]) -> str:
    return named([label(frame, int(row)) for row in rows])


def _far(frame: gpd.GeoDataFrame, district: BaseGeometry) -> NDArray[np.bool_]:
    outline = gpd.GeoSeries([district], crs=WGS84).to_crs(METRIC).iloc[0]
    shapes = np.asarray(frame.geometry.to_crs(METRIC).array, dtype=object)
    shapely.prepare(outline)
    near: NDArray[np.bool_] = shapely.dwithin(shapes, outline, FAR_M)
    return ~near


def _points(raw: gpd.GeoDataFrame) -> NDArray[np.float64] | None:
    coordinates: NDArray[np.float64] = shapely.get_coordinates(raw.geometry.array)
    coordinates = coordinates[np.isfinite(coordinates).all(axis=1)]
    return coordinates if len(coordinates) else None


def _lands(centre: NDArray[np.float64], name: str, box: tuple[float, float, float, float]) -> bool:
    frame = gpd.GeoDataFrame(geometry=shapely.points([centre]))
    point = to_wgs84(frame, parse_crs(name)).geometry.iloc[0]
    west, south, east, north = box
    return bool(west <= point.x <= east and south <= point.y <= north)
