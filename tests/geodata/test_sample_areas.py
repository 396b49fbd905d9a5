"""The sample's areas: a valid nested coverage, numbered and named as real ones are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geodata import geopackage
from geodata.atlas import Atlas
from geodata.sample.area_frames import AGENCIES
from geodata.sample.numbering import reading_order
from geodata.sample.towns import TOWNS

if TYPE_CHECKING:
    from pathlib import Path

NESTED = ("towns", "communities", "grids", "enforcement_areas")


@pytest.fixture(scope="module")
def atlas(sample_path: Path) -> Atlas:
    return Atlas.open(sample_path)


def shapes(atlas: Atlas, layer: str) -> np.ndarray:
    return np.asarray(atlas.layers[layer].geometry.values, dtype=object)


def square_km(frame: gpd.GeoDataFrame) -> np.ndarray:
    return frame.geometry.to_crs("EPSG:4549").area.to_numpy() / 1e6


def test_it_says_that_it_is_made_up(sample_path: Path, atlas: Atlas) -> None:
    meta = geopackage.read_meta(sample_path)
    assert meta["sample"] == "1"
    assert meta["made_on"] == "2026-11-23"
    assert int(meta["seed"]) in {1, 20}
    assert atlas.sample


def test_the_district_is_as_large_and_where_the_real_one_is(atlas: Atlas) -> None:
    district = atlas.layers["district"]
    assert district["code"].tolist() == ["320507"]
    assert square_km(district)[0] == pytest.approx(490, rel=0.03)
    west, south, east, north = atlas.bounds  # type: ignore[misc]
    assert 120.28 < west < 120.40
    assert 120.78 < east < 120.85
    assert 31.31 < south < 31.36
    assert 31.51 < north < 31.57


def test_it_is_close_to_the_real_outline(atlas: Atlas, shared: Path) -> None:
    real = gpd.read_file(shared / "geodata" / "320507_wgs84_derived.geojson").geometry.iloc[0]
    made = atlas.layers["district"].geometry.iloc[0]
    assert made.intersection(real).area / made.union(real).area > 0.85
    ours = {tuple(xy) for xy in shapely.get_coordinates(made).round(5)}
    assert not ours & {tuple(xy) for xy in shapely.get_coordinates(real).round(5)}


@pytest.mark.parametrize("layer", NESTED)
def test_areas_have_no_gap_and_no_overlap(atlas: Atlas, layer: str) -> None:
    areas = shapes(atlas, layer)
    assert set(shapely.get_type_id(areas)) == {shapely.GeometryType.POLYGON}
    assert shapely.is_valid(areas).all()
    assert shapely.coverage_is_valid(areas)
    whole = shapely.coverage_union_all(areas)
    assert shapely.equals(whole, shapes(atlas, "district")[0])


@pytest.mark.parametrize(
    ("inner", "outer"),
    [("grids", "communities"), ("communities", "towns"), ("grids", "enforcement_areas")],
)
def test_areas_nest_exactly(atlas: Atlas, inner: str, outer: str) -> None:
    column = {"communities": "community", "towns": "town"}.get(outer, "enforcement_area")
    frame = atlas.layers[inner]
    for code, area in atlas.layers[outer].geometry.items():
        parts = np.asarray(frame.geometry[frame[column] == code].values, dtype=object)
        assert shapely.equals(shapely.coverage_union_all(parts), area), code


def test_counts(atlas: Atlas) -> None:
    assert len(atlas.layers["towns"]) == 11
    assert 105 <= len(atlas.layers["communities"]) <= 115
    assert 1_050 <= len(atlas.layers["grids"]) <= 1_150
    per_town = atlas.layers["enforcement_areas"].groupby("town").size()
    assert len(per_town) == 11
    assert set(per_town) <= {3, 4}


def test_towns_are_the_real_ones(atlas: Atlas, shared: Path) -> None:
    text = (shared / "geodata" / "xiangcheng_streets_2023_nbs.csv").read_text(encoding="utf-8")
    real = [line.split(",")[:2] for line in text.splitlines()[1:12]]
    towns = atlas.layers["towns"]
    assert dict(zip(towns["code"], towns["name"], strict=True)) == {
        code: name.strip('"') for code, name in real
    }
    assert set(towns["standard_ref"]) == {"NBS 2023"}


def test_towns_lie_towards_each_other_as_the_real_ones_do(atlas: Atlas) -> None:
    towns = atlas.layers["towns"]
    middle = dict(zip(towns["name"], towns.geometry.map(lambda shape: shape.centroid), strict=True))
    from_the_west = sorted(middle, key=lambda name: middle[name].x)
    assert from_the_west[:2] == ["望亭镇", "黄埭镇"]
    assert from_the_west[-1] == "阳澄湖镇"
    assert middle["北桥街道"].y > middle["渭塘镇"].y > middle["北河泾街道"].y > middle["元和街道"].y
    assert middle["黄桥街道"].x < middle["元和街道"].x < middle["澄阳街道"].x
    assert middle["漕湖街道"].x < middle["渭塘镇"].x < middle["太平街道"].x


def test_every_town_holds_its_own_centre(atlas: Atlas) -> None:
    for town in TOWNS:
        assert atlas.locate(*town.centre).town == town.code


def test_codes_name_their_parents(atlas: Atlas) -> None:
    communities, grids = atlas.layers["communities"], atlas.layers["grids"]
    assert communities["code"].str.fullmatch(r"320507\d{6}").all()
    assert (communities["code"].str[:9] == communities["town"]).all()
    assert grids["code"].str.fullmatch(r"320507\d{9}").all()
    assert (grids["code"].str[:12] == grids["community"]).all()
    areas = atlas.layers["enforcement_areas"]
    assert areas["code"].str.fullmatch(r"320507\d{3}Z[1-4]").all()
    assert (areas["code"].str[:9] == areas["town"]).all()


def test_community_names_are_unique_in_a_town_and_tell_their_kind(atlas: Atlas) -> None:
    communities = atlas.layers["communities"]
    assert not communities.duplicated(["town", "name"]).any()
    village = communities["name"].str.endswith("村")
    assert (village | communities["name"].str.endswith("社区")).all()
    assert ((communities["code"].str[9:].astype(int) > 200) == village).all()


def test_grids_are_numbered_west_to_east_and_north_to_south(atlas: Atlas) -> None:
    grids = atlas.layers["grids"]
    middles = grids.geometry.to_crs("EPSG:4549").centroid
    for _, held in grids.groupby("community"):
        held = held.sort_values("code")
        assert held["code"].str[12:].tolist() == [f"{i:03d}" for i in range(1, len(held) + 1)]
        here = np.column_stack([middles[held.index].x, middles[held.index].y])
        step = np.diff(here, axis=0)
        # The next one is further east, or it begins a row further south.
        assert ((step[:, 0] > 0) | (step[:, 1] < 0)).all()


def test_reading_order() -> None:
    page = np.array([[0, 1], [1, 1.05], [2, 0.95], [0, 0], [1, -0.1], [2, 0.1]])
    mixed = np.array([4, 2, 0, 5, 3, 1])
    assert mixed[reading_order(page[mixed])].tolist() == [0, 1, 2, 3, 4, 5]
    assert reading_order(np.empty((0, 2))).tolist() == []
    assert reading_order(np.array([[5.0, 5.0]])).tolist() == [0]


def test_a_grid_leader_is_its_branch_secretary(atlas: Atlas) -> None:
    grids = atlas.layers["grids"]
    assert (grids["leader"] == grids["branch_secretary"]).all()
    assert grids["leader"].str.len().between(2, 3).all()
    assert grids["party_branch"].str.contains("党支部").all()
    assert grids["leader_phone"].str.fullmatch(r"1\d\d\*{4}\d{4}").all()


def test_people_live_where_it_is_dense(atlas: Atlas) -> None:
    grids = atlas.layers["grids"]
    assert grids["population"].sum() == pytest.approx(890_000, rel=0.01)
    assert (grids["households"] <= grids["population"]).all()
    assert (grids["party_members"] <= grids["population"]).all()
    lake = atlas.layers["water"].query("name == '阳澄湖'").geometry.iloc[0]
    swimming = grids.geometry.within(lake)
    assert swimming.sum() >= 3
    assert (grids.loc[swimming, "population"] == 0).all()


def test_enforcement_areas_have_people(atlas: Atlas) -> None:
    areas = atlas.layers["enforcement_areas"]
    assert areas["leader"].notna().all()
    assert areas["officers"].between(5, 40).all()
    assert areas["name"].str.fullmatch(r".+第[一二三四]执法片区").all()


def test_every_town_has_its_eight_agencies(atlas: Atlas) -> None:
    assert len(AGENCIES) == 8
    for town in TOWNS:
        held = atlas.agencies[atlas.agencies["town"] == town.code]
        assert tuple(held["name"]) == AGENCIES
        assert held["code"].is_unique
        assert held["head"].notna().all()
        assert held["phone"].str.contains(r"\*\*\*\*").all()


def test_it_is_a_place_and_no_chessboard(atlas: Atlas) -> None:
    grids = atlas.layers["grids"]
    size = square_km(grids)
    assert np.quantile(size, 0.9) > 4 * np.quantile(size, 0.1)
    assert np.median(shapely.get_num_coordinates(shapes(atlas, "grids"))) > 30
    # Small where people are: the middle of the seat of the district against the far lake.
    middle = atlas.locate(*TOWNS[0].centre).grid
    assert size[grids.index.get_loc(middle)] < np.median(size)
    # Crooked: far from the convex hull that a square or hexagon would fill.
    hull = shapely.area(shapely.convex_hull(shapes(atlas, "grids")))
    assert np.median(shapely.area(shapes(atlas, "grids")) / hull) < 0.93


def test_the_lakes_are_there(atlas: Atlas) -> None:
    water = atlas.layers["water"]
    size = dict(zip(water["name"], square_km(water), strict=True))
    assert set(water["kind"]) == {"lake", "river"}
    assert 25 < size["阳澄湖"] < 70
    assert 5 < size["漕湖"] < 12
    assert 1.5 < size["盛泽湖"] < 5
    assert size["太湖"] > 3
    assert {"京杭大运河", "望虞河", "元和塘", "济民塘"} <= set(size)
    assert water.geometry.is_valid.all()
    assert (water.loc[water["kind"] == "river", "width"] > 5).all()
    inside = atlas.layers["district"].geometry.iloc[0].buffer(1e-5)
    assert water.geometry.within(inside).all()


def test_the_roads_are_there(atlas: Atlas) -> None:
    roads = atlas.layers["roads"]
    assert set(roads["kind"]) == {"expressway", "arterial", "street", "country"}
    known = {"京沪高速", "苏虞张公路", "太阳路", "人民路", "中环北线", "澄阳路"}
    assert known <= set(roads["name"])
    assert roads["name"].str.len().between(2, 8).all()
    metres = roads.geometry.to_crs("EPSG:4549")
    near = gpd.GeoSeries.from_xy([TOWNS[0].centre[0]], [TOWNS[0].centre[1]], crs="EPSG:4326")
    centre = near.to_crs("EPSG:4549").iloc[0].buffer(1_500)
    field = near.translate(-0.12, 0.12).to_crs("EPSG:4549").iloc[0].buffer(1_500)
    assert metres.intersection(centre).length.sum() > 2 * metres.intersection(field).length.sum()


def test_roads_are_connected(atlas: Atlas) -> None:
    lines = np.asarray(atlas.layers["roads"].geometry.to_crs("EPSG:4549").values, dtype=object)
    near = shapely.buffer(lines, 60.0)
    pieces = shapely.get_parts(shapely.union_all(near))
    largest = max(pieces, key=lambda piece: piece.area)
    held = shapely.length(lines)[shapely.intersects(lines, largest)].sum()
    assert held > 0.97 * shapely.length(lines).sum()
