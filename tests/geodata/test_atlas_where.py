"""Who is where: exactly one area a layer, the same one for one point and for many, always."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.atlas import Atlas, Where
from geodata.places import SNAP_M, AreaIndex

LON, LAT, SIZE, SIDE = 120.6, 31.4, 0.004, 5


def crooked_grids() -> gpd.GeoDataFrame:
    """A net of crooked four-sided areas without gaps, codes in no spatial order."""
    rng = np.random.default_rng(3)
    corner = np.stack(np.meshgrid(range(SIDE + 1), range(SIDE + 1), indexing="ij"), axis=-1)
    corner = (corner + rng.uniform(-0.3, 0.3, corner.shape)) * SIZE + (LON, LAT)
    cells = [
        shapely.Polygon([corner[i, j], corner[i + 1, j], corner[i + 1, j + 1], corner[i, j + 1]])
        for i in range(SIDE)
        for j in range(SIDE)
    ]
    codes = [f"{number:03d}" for number in rng.permutation(len(cells))]
    return gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=cells, crs="EPSG:4326")


GRIDS = crooked_grids()
ATLAS = Atlas.of({"grids": GRIDS}, path=Path("crooked"))
SHAPES = dict(zip(GRIDS["code"], GRIDS.geometry, strict=True))
WHOLE = shapely.union_all(GRIDS.geometry.values)

lons = st.floats(LON - SIZE, LON + (SIDE + 1) * SIZE)
lats = st.floats(LAT - SIZE, LAT + (SIDE + 1) * SIZE)


def by_hand(point: shapely.Point) -> str | None:
    """The slow truth: the smallest code of all that touch the point."""
    return min((code for code, shape in SHAPES.items() if shape.intersects(point)), default=None)


@given(lons, lats)
def test_a_point_is_in_the_smallest_area_that_touches_it(lon: float, lat: float) -> None:
    point = shapely.Point(lon, lat)
    found = ATLAS.locate(lon, lat).grid
    if WHOLE.intersects(point):
        assert found == by_hand(point)
    elif found is not None:
        assert metres(point, SHAPES[found]) <= SNAP_M + 0.01


@given(st.lists(st.tuples(lons, lats), min_size=1, max_size=30))
def test_one_by_one_and_all_at_once_agree(points: list[tuple[float, float]]) -> None:
    at_once = AreaIndex(GRIDS.set_index("code")).of_all(shapely.points(points))
    assert at_once.tolist() == [ATLAS.locate(lon, lat).grid for lon, lat in points]


@given(st.sampled_from(sorted(SHAPES)), st.integers(0, 3), st.floats(0, 1))
def test_a_border_belongs_to_the_smaller_code(code: str, side: int, along: float) -> None:
    ring = shapely.get_coordinates(SHAPES[code])
    # Exactly on the line only at its ends; between them rounding decides for one side.
    corner = shapely.Point(ring[side])
    assert ATLAS.locate(corner.x, corner.y).grid == by_hand(corner)
    x, y = ring[side] + along * (ring[side + 1] - ring[side])
    found = ATLAS.locate(float(x), float(y)).grid
    assert found is not None
    assert shapely.distance(SHAPES[found], shapely.Point(x, y)) < 1e-9


@given(st.floats(0, 360), st.floats(0.1, 12.0))
def test_just_outside_is_the_nearest_and_further_out_is_nobody(way: float, far: float) -> None:
    geod = pyproj.Geod(ellps="WGS84")
    centre = WHOLE.centroid
    ray = shapely.LineString([geod.fwd(centre.x, centre.y, way, d)[:2] for d in (0, 5_000)])
    rim = shapely.get_coordinates(shapely.intersection(ray, WHOLE.exterior))[-1]
    lon, lat, _ = geod.fwd(rim[0], rim[1], way, far)
    point = shapely.Point(lon, lat)
    away = min(metres(point, shape) for shape in SHAPES.values())
    found = ATLAS.locate(lon, lat).grid
    if away < SNAP_M - 0.02:
        assert found is not None
        assert metres(point, SHAPES[found]) == pytest.approx(away, abs=0.02)
    elif away > SNAP_M + 0.02:
        assert found is None


def metres(point: shapely.Point, shape: shapely.Polygon) -> float:
    there = gpd.GeoSeries([point, shape], crs="EPSG:4326").to_crs("EPSG:4549")
    return float(there.iloc[0].distance(there.iloc[1]))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
def test_a_place_that_is_no_number_is_nowhere(bad: float) -> None:
    assert ATLAS.locate(bad, LAT) == Where()
    assert ATLAS.locate(LON, bad) == Where()


def test_a_thousand_kilometres_away_is_nowhere() -> None:
    assert ATLAS.locate(0.0, 0.0) == Where()
    assert ATLAS.locate(-60.0, -89.0) == Where()
