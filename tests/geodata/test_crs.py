"""CRS: names people use, refusals that say why, and offsets whose inverse is exact."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, Polygon

from geodata import crs
from geodata.errors import UnknownCrsError

if TYPE_CHECKING:
    from collections.abc import Callable

XIANGCHENG = (120.642, 31.37)
ELLIPSOID = pyproj.Geod(ellps="WGS84")

points_in_china = st.lists(
    st.tuples(st.floats(74, 134), st.floats(4, 53)), min_size=1, max_size=20
).map(lambda pairs: np.array(pairs, dtype=np.float64))


@given(points_in_china)
def test_gcj02_comes_back_to_a_billionth_of_a_degree(lonlat: np.ndarray) -> None:
    back = crs.gcj02_to_wgs84(crs.wgs84_to_gcj02(lonlat))
    assert np.abs(back - lonlat).max() < 1e-9


@given(points_in_china)
def test_bd09_comes_back_to_a_billionth_of_a_degree(lonlat: np.ndarray) -> None:
    back = crs.bd09_to_wgs84(crs.wgs84_to_bd09(lonlat))
    assert np.abs(back - lonlat).max() < 1e-9


@pytest.mark.parametrize(
    ("forward", "metres"), [(crs.wgs84_to_gcj02, 465), (crs.wgs84_to_bd09, 1102)]
)
def test_offsets_at_xiangcheng(forward: Callable[[np.ndarray], np.ndarray], metres: float) -> None:
    moved = forward(np.array([XIANGCHENG]))[0]
    _, _, distance = ELLIPSOID.inv(*XIANGCHENG, *moved)
    assert distance == pytest.approx(metres, abs=1)


def test_the_offset_has_the_published_direction() -> None:
    moved = crs.wgs84_to_gcj02(np.array([XIANGCHENG]))[0] - XIANGCHENG
    assert moved == pytest.approx([0.0042106, -0.0021246], abs=1e-6)


def test_no_offset_outside_china() -> None:
    paris = np.array([[2.35, 48.85]])
    assert np.array_equal(crs.wgs84_to_gcj02(paris), paris)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("EPSG:4549", "EPSG:4549"),
        ("epsg:4549", "EPSG:4549"),
        ("4549", "EPSG:4549"),
        (" WGS84 ", "EPSG:4326"),
        ("WGS 84", "EPSG:4326"),
        ("wgs-84", "EPSG:4326"),
        ("CGCS2000", "EPSG:4490"),
        ("GCJ-02", "GCJ-02"),
        ("gcj02", "GCJ-02"),
        ("火星坐标系", "GCJ-02"),
        ("BD-09", "BD-09"),
        ("bd09ll", "BD-09"),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", "OGC:CRS84"),
        ("urn:ogc:def:crs:EPSG::4528", "EPSG:4528"),
    ],
)
def test_names(name: str, label: str) -> None:
    assert crs.parse_crs(name).label == label


@pytest.mark.parametrize("name", ["", "gps", "EPSG:999999", "EPSG:abc", "+proj=longlat", "GCJ-03"])
def test_unknown_names_list_the_choices(name: str) -> None:
    with pytest.raises(UnknownCrsError, match="GCJ-02"):
        crs.parse_crs(name)


@pytest.mark.parametrize("name", ["苏州独立坐标系", "苏州坐标系", "Suzhou local"])
def test_suzhous_own_grid_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(UnknownCrsError, match="not public"):
        crs.parse_crs(name)


@pytest.mark.parametrize("name", ["EPSG:4479", "EPSG:5703"])  # geocentric, vertical
def test_what_is_no_map_grid_is_refused(name: str) -> None:
    with pytest.raises(UnknownCrsError, match="map grid"):
        crs.parse_crs(name)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [("EPSG:4549", 561076, 3472175), ("EPSG:4528", 40561076, 3472175)],
)
def test_projected_grids_land_in_xiangcheng(name: str, x: float, y: float) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(x, y)])
    moved = crs.to_wgs84(frame, crs.parse_crs(name))
    assert moved.crs == "EPSG:4326"
    assert moved.geometry[0].coords[0] == pytest.approx(XIANGCHENG, abs=1e-4)


def test_axis_order_is_longitude_first_even_where_epsg_says_otherwise() -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(XIANGCHENG)])
    moved = crs.to_wgs84(frame, crs.parse_crs("EPSG:4490"))
    assert moved.geometry[0].coords[0] == pytest.approx(XIANGCHENG, abs=1e-9)


def test_frames_keep_empty_and_missing_geometries() -> None:
    square = Polygon([(120, 31), (121, 31), (121, 32)])
    frame = gpd.GeoDataFrame(geometry=[square, None, Polygon()])
    moved = crs.to_wgs84(frame, crs.parse_crs("GCJ-02"))
    assert moved.geometry[1] is None
    assert moved.geometry[2].is_empty
    assert not moved.geometry[0].equals(square)


@pytest.mark.parametrize(
    ("name", "exact"),
    [
        ("EPSG:4549", True),
        ("EPSG:4490", True),
        ("WGS84", True),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", True),
        ("EPSG:3857", True),
        ("GCJ-02", True),
        ("EPSG:2437", False),  # Beijing 1954
        ("EPSG:2385", False),  # Xian 1980
    ],
)
def test_old_datums_are_told_from_those_that_agree_to_a_metre(name: str, exact: bool) -> None:
    assert crs.parse_crs(name).exact is exact
