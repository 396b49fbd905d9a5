"""What holds for every layer that is found, a site's own included."""

from __future__ import annotations

import dataclasses
import itertools
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pytest
from shapely.geometry import LineString, Point, Polygon, box

import layers
from geodata.atlas import Atlas
from geodata.attributes import ATTRIBUTES, LAYER_IDS
from iot.catalogue import Catalogue
from iot.picture import Picture
from layers.card import Card, Items, Ref, T
from layers.context import MapContext

if TYPE_CHECKING:
    from layers.base import Layer

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
SHAPES = {
    "point": Point(120.605, 31.405),
    "line": LineString([(120.6, 31.4), (120.61, 31.41)]),
    "area": box(120.6, 31.4, 120.61, 31.41),
}
NASTY = '<script>alert("x")</script> {n} %s'


def context(frames: dict[str, gpd.GeoDataFrame] | None = None) -> MapContext:
    atlas = Atlas.of(frames or {}, path=Path("none.gpkg"))
    return MapContext(atlas, Picture(), catalogue(), NOW)


@cache
def catalogue() -> Catalogue:
    return Catalogue.read()


def code_of(layer: Layer) -> str:
    return "1" * (layer.schema.code_digits or (5,))[0]


def bare_row(layer: Layer, shape: Any) -> dict[str, Any]:
    columns = [field.name for field in layer.schema.fields]
    derived = ["town", "community", "grid", "enforcement_area", "class_code", "project"]
    empty = dict.fromkeys([*columns, *derived])
    return {**empty, "code": code_of(layer), "name": None, "geometry": shape}


ALL = list(layers.all_layers().values())
by_layer = pytest.mark.parametrize("layer", ALL, ids=lambda layer: layer.id)


def texts(value: Any) -> list[Any]:
    """Everything in a card that people read."""
    if isinstance(value, T):
        return [value]
    if isinstance(value, str):
        return [value]
    if dataclasses.is_dataclass(value):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
        return list(itertools.chain.from_iterable(texts(part) for part in parts))
    if isinstance(value, tuple):
        return list(itertools.chain.from_iterable(texts(part) for part in value))
    return []


def check_card(card: Any, layer: Layer) -> None:
    assert isinstance(card, Card)
    assert card.code == code_of(layer)
    assert isinstance(card.title, str)
    assert card.title
    for text in texts(card):
        if isinstance(text, T):
            text.msgid.format(**text.args)
            assert not any(isinstance(each, T) for each in text.args.values())
        else:
            assert "nan" not in text.lower().split()
            assert "None" not in text


def test_the_layers_of_the_contract_are_there_in_drawing_order() -> None:
    found = layers.all_layers()
    assert set(LAYER_IDS) <= set(found)
    orders = [layer.order for layer in found.values()]
    assert orders == sorted(orders)
    assert len(set(orders)) == len(orders)
    assert all(0 <= order <= 99 for order in orders)


@by_layer
def test_a_layer_describes_itself(layer: Layer) -> None:
    assert layer.id.isidentifier()
    assert layer.title
    names = [field.name for field in layer.schema.fields]
    assert len(names) == len(set(names))
    assert not {"code", "name", "geometry"} & set(names)
    derived = {"town", "community", "grid", "enforcement_area"}
    assert set(layer.map_fields) <= {*names, *derived}


@by_layer
def test_the_atlas_and_the_import_agree_on_the_columns(layer: Layer) -> None:
    if layer.id not in LAYER_IDS:
        pytest.skip("a layer that a site adds")
    names = {field.name for field in layer.schema.fields}
    assert set(ATTRIBUTES[layer.id]) <= names | {"name_en"}


@by_layer
def test_a_card_of_nothing_but_a_code(layer: Layer) -> None:
    here = context()
    for shape in (*(SHAPES[kind] for kind in layer.schema.geometry), None, Polygon()):
        check_card(layer.card(bare_row(layer, shape), here), layer)
    check_card(layer.card({"code": code_of(layer)}, here), layer)


@by_layer
def test_cells_that_are_not_a_number_are_empty(layer: Layer) -> None:
    row = {key: float("nan") for key in bare_row(layer, None)}
    row |= {"code": code_of(layer), "geometry": SHAPES[layer.schema.geometry[0]]}  # type: ignore[dict-item]
    check_card(layer.card(row, context()), layer)


@by_layer
def test_areas_that_the_atlas_does_not_know_are_shown_by_code(layer: Layer) -> None:
    row = bare_row(layer, SHAPES[layer.schema.geometry[0]])
    row |= {"town": "T", "community": "C", "grid": "G", "enforcement_area": "E"}
    check_card(layer.card(row, context()), layer)


@by_layer
def test_names_are_data_and_pass_as_they_are(layer: Layer) -> None:
    shape = SHAPES[layer.schema.geometry[0]]
    row = dict.fromkeys(bare_row(layer, shape), NASTY)
    row |= {"code": code_of(layer), "geometry": shape}  # type: ignore[dict-item]
    card = layer.card(row, context())
    assert card.title == NASTY
    for text in texts(card):
        if isinstance(text, T):
            assert "<" not in text.msgid


@by_layer
def test_every_reference_opens_a_layer(layer: Layer) -> None:
    shape = SHAPES[layer.schema.geometry[0]]
    frame = gpd.GeoDataFrame(
        {"code": [code_of(layer)], "name": ["a"]}, geometry=[shape], crs="EPSG:4326"
    )
    here = context({layer.id: frame})
    row = here.atlas.row(layer.id, code_of(layer))
    assert row is not None

    def refs(value: Any) -> list[Ref]:
        if isinstance(value, Ref):
            return [value]
        if dataclasses.is_dataclass(value):
            value = tuple(getattr(value, field.name) for field in dataclasses.fields(value))
        if isinstance(value, tuple):
            return list(itertools.chain.from_iterable(refs(part) for part in value))
        return []

    for ref in refs(layer.card(row, here)):
        assert ref.layer in layers.all_layers()


@by_layer
def test_lists_that_are_empty_say_so(layer: Layer) -> None:
    card = layer.card(bare_row(layer, SHAPES[layer.schema.geometry[0]]), context())
    for section in card.sections:
        if isinstance(section, Items):
            assert section.empty


def test_two_files_with_one_id_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    twice = dataclasses.replace(ALL[0])
    monkeypatch.setattr(layers.importlib, "import_module", lambda _name: _Module(twice))
    layers.all_layers.cache_clear()
    try:
        with pytest.raises(ValueError, match="already taken"):
            layers.all_layers()
    finally:
        monkeypatch.undo()
        layers.all_layers.cache_clear()


class _Module:
    def __init__(self, layer: Layer) -> None:
        self.LAYER = layer
