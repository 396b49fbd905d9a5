"""Coordinate reference systems: named by people, brought to WGS 84 lon/lat.

Beside whatever PROJ knows by its EPSG code there are the two Chinese map offsets,
GCJ-02 and BD-09, which PROJ does not know. All coordinates here are (lon, lat) in
degrees or (x, y) in metres, never (lat, lon): ``always_xy``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from geodata.errors import UnknownCrsError

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    Coordinates = NDArray[np.float64]

Offset = Literal["GCJ-02", "BD-09"]

WGS84 = "EPSG:4326"

#: Metric, for distances and areas around Suzhou: CGCS2000 / 3-degree Gauss-Kruger CM 120E.
METRIC = "EPSG:4549"

CHOICES = (
    "EPSG:nnnn (e.g. EPSG:4549), WGS84, CGCS2000 (degrees), GCJ-02 (Amap, Tencent, DataV), "
    "BD-09 (Baidu)"
)

# GCJ-02's ellipsoid (Krassovsky 1940) and the origin of its offsets: the public
# formulas, checked at 120.642 E 31.37 N (offset 465 m) in DOMAIN.md 1.8.
_A = 6378245.0
_EE = 0.00669342162296594323
_LON_0, _LAT_0 = 105.0, 35.0
_BD_K = np.pi * 3000.0 / 180.0

#: Outside this box (west, south, east, north) GCJ-02 equals WGS 84, as its formulas are used.
_GCJ_BOX = (72.004, 0.8293, 137.8347, 55.8271)

#: The inverses stop below this, in degrees (0.01 mm), or after so many rounds.
_TOLERANCE = 1e-10
_ROUNDS = 30

_ALIASES = {
    "WGS84": "EPSG:4326",
    "CRS84": "OGC:CRS84",
    "CGCS2000": "EPSG:4490",
    "国家2000": "EPSG:4490",
    "2000国家大地坐标系": "EPSG:4490",
    "WEBMERCATOR": "EPSG:3857",
}
_OFFSETS: dict[str, Offset] = {
    "GCJ02": "GCJ-02",
    "火星坐标": "GCJ-02",
    "火星坐标系": "GCJ-02",
    "BD09": "BD-09",
    "BD09LL": "BD-09",
    "百度坐标": "BD-09",
    "百度坐标系": "BD-09",
}
_LOCAL = re.compile(r"苏州.*(独立|地方|坐标)|(SUZHOU|^SZ)\w*?(LOCAL|INDEPENDENT)|^SZDL")


@dataclass(frozen=True)
class Crs:
    """A coordinate reference system as a file's coordinates are in.

    label: as reports show it, e.g. ``"EPSG:4549"`` or ``"GCJ-02"``.
    proj: what PROJ knows it as; None for an offset.
    offset: GCJ-02 or BD-09, in degrees; else None.
    """

    label: str
    proj: pyproj.CRS | None = None
    offset: Offset | None = None

    @property
    def exact(self) -> bool:
        """Whether it comes to WGS 84 within a metre.

        CGCS2000 and WGS 84 differ by centimetres; for the older datums (Beijing
        1954, Xian 1980) PROJ has no public parameters that hold to the metre here.
        """
        if self.proj is None:
            return True
        geodetic = self.proj.geodetic_crs
        datum = geodetic.datum.name if geodetic is not None and geodetic.datum else ""
        return bool(re.search(r"World Geodetic System 1984|WGS.?84|China.?2000", datum))


def parse_crs(name: str) -> Crs:
    """The CRS somebody named, e.g. ``"EPSG:4549"``, ``"GCJ-02"``, ``"WGS84"``, ``"4490"``.

    Raises:
        UnknownCrsError: not known, not usable for maps, or not to be guessed; names the choices.
    """
    text = name.strip()
    key = re.sub(r"[\s_\-]", "", text).upper()
    if _LOCAL.search(key):
        raise UnknownCrsError(
            f"'{name}': the parameters of 苏州独立坐标系 (Suzhou's local grid) are not public and "
            "are not guessed; ask the surveying office for the data in CGCS2000 (EPSG:4549)"
        )
    if key in _OFFSETS:
        return Crs(_OFFSETS[key], offset=_OFFSETS[key])
    if key in _ALIASES:
        text = _ALIASES[key]
    elif text.isdecimal():
        text = f"EPSG:{text}"
    if not re.match(
        r"(EPSG|OGC|ESRI):\w+$|urn:ogc:def:crs:|https?://www\.opengis\.net/", text, re.I
    ):
        raise UnknownCrsError(f"'{name}' is no known CRS; choose {CHOICES}")
    try:
        return from_proj(pyproj.CRS.from_user_input(text))
    except CRSError as error:
        raise UnknownCrsError(f"'{name}' is no known CRS; choose {CHOICES}") from error


def parse_written(text: str) -> Crs:
    """The CRS as a file has it written: an EPSG code, a URN or WKT (Esri's too).

    Raises:
        UnknownCrsError: as ``parse_crs``.
    """
    if "[" not in text:
        return parse_crs(text)
    try:
        return from_proj(pyproj.CRS.from_wkt(text))
    except CRSError as error:
        raise UnknownCrsError(f"the file's CRS is not understood: {text[:100]}") from error


def from_proj(crs: pyproj.CRS) -> Crs:
    """The CRS that a file names for itself.

    Raises:
        UnknownCrsError: undefined, local, geocentric or vertical: no map coordinates.
    """
    if _LOCAL.search(re.sub(r"[\s_\-]", "", crs.name).upper()):
        parse_crs(crs.name)
    flat = crs.to_2d() if len(crs.axis_info) > 2 or crs.is_compound else crs
    if crs.name.lower().startswith("undefined") or not (flat.is_geographic or flat.is_projected):
        raise UnknownCrsError(
            f"'{crs.name}' gives no longitude and latitude and no map grid; choose {CHOICES}"
        )
    authority = flat.to_authority(min_confidence=70)
    return Crs(":".join(authority) if authority else flat.name, proj=flat)


def to_wgs84(frame: gpd.GeoDataFrame, crs: Crs) -> gpd.GeoDataFrame:
    """The frame in EPSG:4326 (lon, lat), its coordinates read as ``crs``, whatever it claims."""
    if crs.offset is not None:
        inverse = gcj02_to_wgs84 if crs.offset == "GCJ-02" else bd09_to_wgs84
        moved = shapely.transform(np.asarray(frame.geometry.array), inverse)
        return frame.set_geometry(moved).set_crs(WGS84, allow_override=True)
    return frame.set_crs(crs.proj, allow_override=True).to_crs(WGS84)


def wgs84_to_gcj02(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees WGS 84 to GCJ-02; unchanged outside the box in which the offset is used."""
    west, south, east, north = _GCJ_BOX
    lon, lat = lonlat[:, 0], lonlat[:, 1]
    inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
    return np.where(inside[:, None], lonlat + _gcj_offset(lon, lat), lonlat)


def gcj02_to_wgs84(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees GCJ-02 to WGS 84, by iteration, exact below 1e-9 degrees."""
    return _invert(wgs84_to_gcj02, lonlat)


def gcj02_to_bd09(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees GCJ-02 to BD-09."""
    x, y = lonlat[:, 0], lonlat[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_K)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_K)
    return np.column_stack((radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006))


def bd09_to_gcj02(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees BD-09 to GCJ-02, by iteration (the usual closed form leaves 0.09 m)."""
    return _invert(gcj02_to_bd09, lonlat)


def wgs84_to_bd09(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees WGS 84 to BD-09."""
    return gcj02_to_bd09(wgs84_to_gcj02(lonlat))


def bd09_to_wgs84(lonlat: Coordinates) -> Coordinates:
    """(n, 2) degrees BD-09 to WGS 84."""
    return gcj02_to_wgs84(bd09_to_gcj02(lonlat))


def _invert(forward: Callable[[Coordinates], Coordinates], target: Coordinates) -> Coordinates:
    """Fixed-point iteration: the offsets change by less than 1 % over their own length."""
    guess = target.copy()
    for _ in range(_ROUNDS):
        step = forward(guess) - target
        guess -= step
        if not step.size or float(np.nanmax(np.abs(step))) < _TOLERANCE:
            break
    return guess


def _gcj_offset(lon: Coordinates, lat: Coordinates) -> Coordinates:
    x, y = lon - _LON_0, lat - _LAT_0
    waves_x = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + waves_x
    east += (20.0 * np.sin(x * np.pi) + 40.0 * np.sin(x / 3.0 * np.pi)) * 2.0 / 3.0
    east += (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    north += waves_x
    north += (20.0 * np.sin(y * np.pi) + 40.0 * np.sin(y / 3.0 * np.pi)) * 2.0 / 3.0
    north += (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    radians = np.radians(lat)
    magic = 1.0 - _EE * np.sin(radians) ** 2
    north_deg = np.degrees(north * np.sqrt(magic) * magic / (_A * (1.0 - _EE)))
    east_deg = np.degrees(east * np.sqrt(magic) / (_A * np.cos(radians)))
    return np.column_stack((east_deg, north_deg))
