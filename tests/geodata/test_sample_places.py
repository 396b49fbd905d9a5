"""The sample's places: projects that add up, components that stand where such things stand."""

from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geodata.atlas import Atlas
from geodata.sample.components import KINDS, _counts
from geodata.sample.schedule import STATUS_SHARES, draw_schedule

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

TODAY = date(2026, 11, 23)
PLACES = ("key_projects", "party_sites", "service_points", "components")


@pytest.fixture(scope="module")
def atlas(sample_path: Path) -> Atlas:
    return Atlas.open(sample_path)


@pytest.fixture(scope="module")
def components(atlas: Atlas) -> gpd.GeoDataFrame:
    return atlas.layers["components"]


def water_distance(atlas: Atlas, frame: gpd.GeoDataFrame, kind: str | None = None) -> np.ndarray:
    water = atlas.layers["water"]
    if kind:
        water = water[water["kind"] == kind]
    tree = shapely.STRtree(np.asarray(water.geometry.to_crs("EPSG:4549").values, dtype=object))
    points = np.asarray(frame.geometry.to_crs("EPSG:4549").values, dtype=object)
    _, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
    return np.asarray(distance)


def of_class(components: gpd.GeoDataFrame, code: str) -> gpd.GeoDataFrame:
    return components[components["class_code"] == code]


def test_everything_is_somewhere(atlas: Atlas) -> None:
    for layer in PLACES:
        frame = atlas.layers[layer]
        for column in ("town", "community", "grid", "enforcement_area"):
            assert frame[column].notna().all(), (layer, column)
        assert (frame["grid"].str[:9] == frame["town"]).all()
        assert (frame["enforcement_area"].str[:9] == frame["town"]).all()


def test_how_many(atlas: Atlas) -> None:
    assert len(atlas.layers["components"]) == 3_000
    assert 80 <= len(atlas.layers["key_projects"]) <= 100
    assert 150 <= len(atlas.layers["party_sites"]) <= 170
    assert 110 <= len(atlas.layers["service_points"]) <= 130


def test_nothing_stands_in_the_water(atlas: Atlas) -> None:
    for layer in ("party_sites", "service_points", "components"):
        assert water_distance(atlas, atlas.layers[layer]).min() > 1.0, layer
    sites = atlas.layers["key_projects"].query("category != '生态治理' and category != '交通建设'")
    assert water_distance(atlas, sites).min() > 1.0


def test_water_components_stand_on_banks(atlas: Atlas, components: gpd.GeoDataFrame) -> None:
    assert water_distance(atlas, of_class(components, "01901"), "river").max() < 25.0
    assert water_distance(atlas, of_class(components, "01902")).max() < 25.0


def test_street_furniture_stands_at_roads(atlas: Atlas, components: gpd.GeoDataFrame) -> None:
    roads = np.asarray(atlas.layers["roads"].geometry.to_crs("EPSG:4549").values, dtype=object)
    tree = shapely.STRtree(roads)
    for code in ("01002", "01003", "01013", "01037", "01050", "01067"):
        points = of_class(components, code).geometry.to_crs("EPSG:4549").values
        _, away = tree.query_nearest(
            np.asarray(points, dtype=object), return_distance=True, all_matches=False
        )
        assert away.max() < 20.0, code


def test_building_sites_have_their_monitors(atlas: Atlas, components: gpd.GeoDataFrame) -> None:
    monitors = of_class(components, "03010")
    assert (components["project"].notna() == (components["class_code"] == "03010")).all()
    sites = atlas.layers["key_projects"].geometry
    for project, point in zip(monitors["project"], monitors.geometry, strict=True):
        assert sites[project].geom_type == "Polygon"
        assert sites[project].contains(point)
    assert monitors["project"].nunique() > 20


def test_classes_are_those_of_the_standard(shared: Path) -> None:
    (file,) = (shared / "codes").glob("*.csv")
    with file.open(encoding="utf-8") as lines:
        real = {
            row["code5"]: row["name"] for row in csv.DictReader(lines) if row["kind"] == "管理部件"
        }
    for kind in KINDS:
        if kind.local:
            assert kind.code not in real, kind
        else:
            assert real[kind.code] == kind.name


def test_classes_and_codes(components: gpd.GeoDataFrame) -> None:
    assert set(components["class_code"]) == {kind.code for kind in KINDS}
    assert len(KINDS) >= 12
    assert components["code"].is_unique
    for code, class_code, standard in zip(
        components["code"], components["class_code"], components["standard_ref"], strict=True
    ):
        middle = code[6:-6]
        assert code.startswith("320507")
        assert code.isdigit()
        if standard == "GB/T 30428.2-2013":
            assert len(code) == 16
            assert middle == class_code[:2] + class_code[3:]
        else:
            assert len(code) == 17
            assert middle == class_code
            local = class_code in {"01901", "01902", "01903"}
            assert standard == ("local" if local else "GB/T 47678.5-2026")
    old = (components["standard_ref"] == "GB/T 30428.2-2013").mean()
    assert 0.05 < old < 0.15


def test_common_things_are_common(components: gpd.GeoDataFrame) -> None:
    count = components.groupby("class_code").size()
    assert count["01003"] > count["01067"] > 0
    assert count["01037"] > count["01901"] > count["01902"] > 0


@given(st.integers(0, 200_000))
def test_counts_add_up(n: int) -> None:
    counts = _counts(n)
    assert sum(counts) == n
    assert min(counts) >= (1 if n >= len(KINDS) else 0)


def test_gateways_serve_neighbours(components: gpd.GeoDataFrame) -> None:
    names = components["gateway"]
    assert names.str.fullmatch(r"gw-[a-z]+-\d\d").all()
    assert 22 <= names.nunique() <= 45
    assert components.groupby("gateway")["town"].nunique().eq(1).all()
    metric = components.geometry.to_crs("EPSG:4549")
    spread = [
        np.hypot(metric[held.index].x.std(), metric[held.index].y.std())
        for _, held in components.groupby("gateway")
    ]
    whole = np.hypot(metric.x.std(), metric.y.std())
    assert np.median(spread) < whole / 5


def test_project_dates_progress_and_money_agree(atlas: Atlas) -> None:
    projects = atlas.layers["key_projects"]
    assert set(projects["status"]) == set(STATUS_SHARES)
    assert projects["status"].value_counts().idxmax() == "on_track"
    assert len(set(projects.geometry.geom_type)) == 3
    assert projects["name"].is_unique
    for project in projects.to_dict("records"):
        agrees(project, TODAY)


@given(st.integers(0, 2**32), st.sampled_from(sorted(STATUS_SHARES)))
def test_any_schedule_agrees_with_itself(seed: int, status: str) -> None:
    names = ("a", "b", "c", "d", "e")
    rng = np.random.default_rng(seed)
    course = draw_schedule(rng, status, TODAY, names, 5_000.0)  # type: ignore[arg-type]
    agrees(vars(course), TODAY)


def agrees(project: dict[str, object], today: date) -> None:
    start = date.fromisoformat(str(project["start_date"]))
    due = date.fromisoformat(str(project["due_date"]))
    planned, actual = int(str(project["progress_planned"])), int(str(project["progress"]))
    assert start < today
    assert start < due
    assert 0 <= planned <= 100
    assert 0 <= actual <= 100
    assert (planned == 100) == (due <= today) or planned > 97
    behind = planned - actual
    status = project["status"]
    if status == "done":
        assert actual == 100
        assert start < date.fromisoformat(str(project["finished_date"])) <= today
    else:
        assert project["finished_date"] is None
        assert actual < 100
    if status == "on_track":
        assert behind <= 4
        assert due > today
    if status == "late":
        assert behind >= 10 or due < today
    assert (project["note"] is not None) == (status in {"warning", "late", "stopped"})
    spent = float(str(project["invest_actual"])) / float(str(project["invest_planned"]))
    assert spent == pytest.approx(actual / 100, abs=0.12)
    milestones = json.loads(str(project["milestones"]))
    assert len(milestones) == 5
    dues = [date.fromisoformat(each["due"]) for each in milestones]
    assert dues == sorted(dues)
    assert dues[-1] == due
    done = [each["done"] for each in milestones if each["done"]]
    assert done == sorted(done)
    assert all(start <= date.fromisoformat(day) <= today for day in done)
    assert (len(done) == 5) == (status == "done")


def test_every_community_has_its_party_centre(atlas: Atlas) -> None:
    sites = atlas.layers["party_sites"]
    centres = sites[sites["kind"] == "党群服务中心"]
    assert len(centres) == len(atlas.layers["communities"])
    assert len(set(sites["kind"])) >= 4
    assert sites["secretary"].notna().all()


def test_every_town_has_its_hall(atlas: Atlas) -> None:
    points = atlas.layers["service_points"]
    halls = points[points["kind"] == "为民服务中心"]
    assert sorted(halls["town"]) == sorted(atlas.layers["towns"].index)
    names = atlas.layers["towns"]["name"]
    assert (halls["name"] == names[halls["town"]].to_numpy() + "为民服务中心").all()
    assert set(points["kind"]) == {"为民服务中心", "便民服务点", "24小时自助服务厅"}


def test_nobody_can_be_called(atlas: Atlas) -> None:
    for layer in ("enforcement_areas", "key_projects", "party_sites", "service_points"):
        assert atlas.layers[layer]["phone"].str.contains(r"\*\*\*\*").all()
