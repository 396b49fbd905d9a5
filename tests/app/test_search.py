"""Search by name, code and pinyin: what is meant comes first, and soon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pytest

from app.search import LIMIT, Finder, Index, fold, spell
from geodata.atlas import Atlas
from layers import all_layers
from tests.app.small import small_layers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Index:
    atlas = Atlas.of(small_layers(), path=tmp_path_factory.mktemp("search") / "x.gpkg")
    return Index.build(atlas, all_layers().values())


def codes(index: Index, text: str) -> list[tuple[str, str]]:
    return [(entry.layer, entry.code) for entry in index.find(text)]


@pytest.mark.parametrize(
    "text", ["元和街道", "元和", "yuanhejiedao", "yhjd", "YHJD", "yuanhe", "yuan he", "320507001"]
)
def test_a_town_by_name_pinyin_initials_and_code(index: Index, text: str) -> None:
    assert codes(index, text)[0] == ("towns", "320507001")


def test_full_width_and_marks_do_not_matter() -> None:
    assert fold("ＹＨ－３２ (东)") == "yh32东"


def test_names_with_letters_and_heteronyms() -> None:
    assert spell("重庆路A区") == ("chongqingluaqu", "cqlaq")
    assert spell("") == ("", "")


def test_exact_before_prefix_before_inside(index: Index) -> None:
    found = [entry.name for entry in index.find("井盖1")]
    assert found[0] == "井盖1"
    assert codes(index, "320507001001001")[0] == ("grids", "320507001001001")


def test_nothing_for_nothing(index: Index) -> None:
    assert index.find("") == index.find("   ") == index.find("没有这个") == []


def test_an_entry_says_its_town(index: Index) -> None:
    assert index.find("网格1")[0].town == "元和街道"


def test_twenty_thousand_components(tmp_path: Path) -> None:
    layers = small_layers()
    count = 20_000
    names = [f"雨水井盖 澄阳路-{n:05d}" for n in range(count)]
    layers["components"] = gpd.GeoDataFrame(
        {
            "code": [f"320507010030{n:05d}" for n in range(count)],
            "name": names,
            "class_code": "01003",
            "gateway": "g",
        },
        geometry=gpd.points_from_xy(np.full(count, 120.601), np.full(count, 31.405)),
        crs="EPSG:4326",
    )
    atlas = Atlas.of(layers, path=tmp_path / "x.gpkg", version="1")
    finder, every = Finder(), list(all_layers().values())
    assert finder.find(atlas, every, "ysjgcyl19999")[0].name == names[19_999]
    began = time.perf_counter()
    found = finder.find(atlas, every, "cyl")
    took = time.perf_counter() - began
    assert len(found) == LIMIT
    assert took < 1, f"{took:.3f} s; the index is built once, a question is a scan"


def test_a_new_state_of_the_atlas_is_found(tmp_path: Path) -> None:
    finder, every = Finder(), list(all_layers().values())
    first = Atlas.of(small_layers(), path=tmp_path / "x.gpkg", version="1")
    assert finder.find(first, every, "新名字") == []
    renamed = small_layers({"32050701002000001": "新名字"})
    second = Atlas.of(renamed, path=tmp_path / "x.gpkg", version="2")
    assert finder.find(second, every, "xmz")[0].code == "32050701002000001"
