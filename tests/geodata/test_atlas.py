"""The atlas: every layer complete, who is where, what is near, plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely

from geodata import geopackage
from geodata.atlas import Atlas, Where
from geodata.attributes import ATTRIBUTES, LAYER_IDS, derived_columns
from geodata.errors import AtlasUnavailableError

if TYPE_CHECKING:
    from pathlib import Path

GEOD = pyproj.Geod(ellps="WGS84")


def frame(rows: dict[str, Any], **columns: Any) -> gpd.GeoDataFrame:
    """Codes to geometries; the name is the code reversed."""
    return gpd.GeoDataFrame(
        {"code": list(rows), "name": [code[::-1] for code in rows], **columns},
        geometry=list(rows.values()),
        crs="EPSG:4326",
    )


def small() -> dict[str, gpd.GeoDataFrame]:
    """Two towns side by side, the left with two communities, each with one grid."""
    left_low = shapely.box(120.60, 31.40, 120.61, 31.41)
    left_high = shapely.box(120.60, 31.41, 120.61, 31.42)
    right = shapely.box(120.61, 31.40, 120.62, 31.42)
    left = shapely.box(120.60, 31.40, 120.61, 31.42)
    return {
        "district": frame({"D": shapely.union(left, right)}),
        "towns": frame({"T2": right, "T1": left}),
        "communities": frame({"T1B": left_high, "T1A": left_low, "T2A": right}),
        "grids": frame(
            {"T2A1": right, "T1A1": left_low, "T1B1": left_high}, leader=["甲", None, "丙"]
        ),
        "enforcement_areas": frame({"T1Z1": left, "T2Z1": right}),
        "components": frame(
            {
                "0001": shapely.Point(120.605, 31.405),
                "0002": shapely.Point(120.605, 31.415),
                "0003": shapely.Point(120.615, 31.415),
                "0004": shapely.Point(121.0, 31.0),
                "0005": None,
            },
            battery=[1.5, np.nan, 3.0, 4.0, 5.0],
            serial=[1, 2, 3, 4, 5],
        ),
        "key_projects": frame(
            {
                "line": shapely.LineString([(120.601, 31.411), (120.609, 31.411)]),
                "area": shapely.box(120.611, 31.401, 120.619, 31.403),
            }
        ),
    }


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    path = tmp_path / "onemap.gpkg"
    geopackage.write_state(path, small(), meta={"sample": "1"})
    return Atlas.open(path)


def test_every_layer_of_the_contract_is_there_with_all_its_columns(atlas: Atlas) -> None:
    assert tuple(atlas.layers)[: len(LAYER_IDS)] == LAYER_IDS
    for layer, there in atlas.layers.items():
        wanted = {"code", "name", *ATTRIBUTES[layer], *derived_columns(layer), "geometry"}
        assert wanted <= set(there.columns), layer
        assert there.crs == "EPSG:4326"
        assert there.index.tolist() == there["code"].tolist()
    assert atlas.layers["party_sites"].empty
    assert atlas.sample
    assert atlas.agencies.columns.tolist() == ["code", "town", "name", "head", "phone"]


def test_an_empty_atlas_answers_everything(tmp_path: Path) -> None:
    atlas = Atlas.empty(tmp_path / "no.gpkg")
    assert atlas.locate(120.6, 31.4) == Where()
    assert atlas.nearby("components", 120.6, 31.4, 1_000, 10) == []
    assert atlas.within("components", "grids", "x") == []
    assert atlas.row("grids", "x") is None
    assert atlas.bounds is None
    assert not atlas.sample


def test_a_layer_of_a_sites_own_is_a_place(tmp_path: Path) -> None:
    layers = {**small(), "libraries": frame({"L": shapely.Point(120.605, 31.405)})}
    atlas = Atlas.of(layers, path=tmp_path)
    assert atlas.row("libraries", "L")["grid"] == "T1A1"  # type: ignore[index]


def test_areas_are_derived_from_where_things_are(atlas: Atlas) -> None:
    components = atlas.layers["components"]
    assert components["grid"].tolist() == ["T1A1", "T1B1", "T2A1", None, None]
    assert components["community"].tolist() == ["T1A", "T1B", "T2A", None, None]
    assert components["town"].tolist() == ["T1", "T1", "T2", None, None]
    assert components["enforcement_area"].tolist() == ["T1Z1", "T1Z1", "T2Z1", None, None]
    assert atlas.layers["key_projects"]["grid"].to_dict() == {"line": "T1B1", "area": "T2A1"}
    grids = atlas.layers["grids"].loc["T1B1"]
    assert (grids["town"], grids["community"], grids["enforcement_area"]) == ("T1", "T1B", "T1Z1")
    assert atlas.layers["communities"]["town"].to_dict() == {"T1B": "T1", "T1A": "T1", "T2A": "T2"}
    assert atlas.layers["enforcement_areas"].at["T2Z1", "town"] == "T2"


def test_what_the_file_says_of_areas_is_not_believed(tmp_path: Path) -> None:
    layers = small()
    layers["components"]["town"] = "T9"
    assert Atlas.of(layers, path=tmp_path).layers["components"].at["0001", "town"] == "T1"


def test_rows_are_plain_python(atlas: Atlas) -> None:
    row = atlas.row("components", "0002")
    assert row is not None
    assert row["battery"] is None
    assert row["gateway"] is None
    assert type(row["serial"]) is int
    assert type(row["code"]) is str
    assert isinstance(row["geometry"], shapely.Point)
    assert atlas.row("components", "0005")["geometry"] is None  # type: ignore[index]
    assert atlas.row("components", "9999") is None
    assert atlas.row("no_such_layer", "0001") is None


def test_missing_text_is_none_and_days_are_text(tmp_path: Path) -> None:
    layers = small()
    layers["components"]["installed"] = pd.to_datetime(["2026-01-02", None, *["2026-03-04"] * 3])
    path = tmp_path / "onemap.gpkg"
    geopackage.write_state(path, layers)
    atlas = Atlas.open(path)
    assert atlas.layers["components"]["installed"].tolist()[:2] == ["2026-01-02", None]
    assert atlas.layers["grids"].loc["T1A1", "leader"] is None


def test_codes_are_text_whatever_the_file_has(tmp_path: Path) -> None:
    numbered = frame({"a": shapely.Point(0, 0), "b": shapely.Point(1, 1)})
    numbered["code"] = [11, 12]
    atlas = Atlas.of({"party_sites": numbered}, path=tmp_path)
    assert atlas.layers["party_sites"].index.tolist() == ["11", "12"]


@pytest.mark.parametrize(
    ("codes", "message"),
    [(["a", "a"], "code a stands there more than once"), (["a", None], "has no code")],
)
def test_codes_that_are_not_unique_are_named(
    tmp_path: Path, codes: list[str], message: str
) -> None:
    wrong = frame({"x": shapely.Point(0, 0), "y": shapely.Point(1, 1)})
    wrong["code"] = codes
    with pytest.raises(AtlasUnavailableError, match=f"'party_sites'.*{message}"):
        Atlas.of({"party_sites": wrong}, path=tmp_path)


def test_a_layer_without_codes_is_named(tmp_path: Path) -> None:
    wrong = frame({"x": shapely.Point(0, 0)}).drop(columns="code")
    with pytest.raises(AtlasUnavailableError, match="'roads' has no column 'code'"):
        Atlas.of({"roads": wrong}, path=tmp_path)


def test_within_and_names_and_bounds(atlas: Atlas) -> None:
    assert atlas.within("components", "towns", "T1") == ["0001", "0002"]
    assert atlas.within("components", "district", "D") == ["0001", "0002", "0003", "0004", "0005"]
    assert atlas.within("grids", "enforcement_areas", "T1Z1") == ["T1A1", "T1B1"]
    assert atlas.within("grids", "grids", "T1A1") == ["T1A1"]
    assert atlas.within("towns", "grids", "T1A1") == []
    assert atlas.within("components", "towns", "T9") == []
    assert atlas.name("towns", "T1") == "1T"
    assert atlas.name("towns", None) is None
    assert atlas.name("towns", "T9") is None
    assert atlas.bounds == pytest.approx((120.60, 31.40, 120.62, 31.42))


def test_a_list_that_was_handed_out_may_be_changed(atlas: Atlas) -> None:
    atlas.within("components", "towns", "T1").clear()
    assert atlas.within("components", "towns", "T1") == ["0001", "0002"]


def test_areas_are_measured_on_the_earth(atlas: Atlas) -> None:
    assert atlas.area_m2("grids", "T1A1") == pytest.approx(950.6 * 1109.1, rel=2e-3)
    assert atlas.area_m2("grids", "nothing") == 0.0


def test_nearby_is_measured_in_metres(atlas: Atlas) -> None:
    found = atlas.nearby("components", 120.605, 31.407, 5_000.0, 10)
    assert [code for _, code in found] == ["0001", "0002", "0003"]
    for distance, code in found:
        there = atlas.layers["components"].geometry[code]
        _, _, exact = GEOD.inv(120.605, 31.407, there.x, there.y)
        assert distance == pytest.approx(exact, rel=1e-3)
        assert type(distance) is float
    assert len(atlas.nearby("components", 120.605, 31.407, 5_000.0, 2)) == 2
    assert [c for _, c in atlas.nearby("components", 120.605, 31.407, 300.0, 9)] == ["0001"]
    assert atlas.nearby("key_projects", 120.605, 31.411, 50.0, 9)[0][0] == pytest.approx(0, abs=0.1)


def test_opening_again_after_a_publication_shows_the_new_state(atlas: Atlas) -> None:
    assert Atlas.stamp(atlas.path) == atlas.version
    geopackage.replace_layer(atlas.path, "towns", frame({"T1": shapely.box(120, 31, 121, 32)}))
    assert Atlas.stamp(atlas.path) != atlas.version
    again = Atlas.open(atlas.path)
    assert again.version == Atlas.stamp(atlas.path)
    assert again.locate(120.615, 31.405).town == "T1"
    assert atlas.locate(120.615, 31.405).town == "T2"


def test_missing_and_damaged_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "onemap.gpkg"
    with pytest.raises(AtlasUnavailableError, match="onemap demo"):
        Atlas.open(path)
    with pytest.raises(AtlasUnavailableError, match="onemap demo"):
        Atlas.stamp(path)
    path.write_text("not a map")
    with pytest.raises(AtlasUnavailableError, match=r"onemap\.gpkg: damaged"):
        Atlas.open(path)
    assert path.read_text() == "not a map"
