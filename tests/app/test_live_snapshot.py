"""The binary snapshot, decoded as ``docs/live.md`` says."""

from __future__ import annotations

import json
import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from app.live.columns import NONE, LiveColumns, standing_of
from app.live.snapshot import encode_snapshot
from geodata.atlas import Atlas
from iot.alerts import Alert
from iot.catalogue import Catalogue
from iot.levels import Level
from iot.live import ComponentDelta, Delta, Sample
from iot.picture import Picture
from iot.presence import Presence
from tests.app.small import COVER, COVERS, GRIDS, STRANGER, TOWNS, small_layers

if TYPE_CHECKING:
    from pathlib import Path

TYPES = {"f64": "<f8", "u16": "<u2", "u8": "u1", "bytes": "S20"}


def decode(body: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and columns; every column must begin where a typed array may."""
    assert body[:4] == b"OM01"
    (length,) = struct.unpack_from("<I", body, 4)
    header = json.loads(body[8 : 8 + length])
    start = 8 + length
    assert start % 8 == 0
    columns = {}
    for column in header["columns"]:
        assert column["offset"] % 8 == 0
        raw = body[start + column["offset"] :][: column["length"]]
        columns[column["name"]] = np.frombuffer(raw, TYPES[column["type"]])
        assert len(columns[column["name"]]) == header["count"]
    return header, columns


@pytest.fixture
def atlas(tmp_path: Path) -> Atlas:
    return Atlas.of(small_layers(), path=tmp_path / "none.gpkg", version="v7", sample=True)


def encode(atlas: Atlas, picture: Picture) -> tuple[dict[str, Any], dict[str, Any]]:
    columns = LiveColumns.build(standing_of(atlas), picture)
    return decode(encode_snapshot(columns, Catalogue.read(), epoch="e1", seq=42, at=1_000))


def test_header_and_columns_say_what_the_picture_knows(atlas: Atlas) -> None:
    picture = Picture()
    heard = ComponentDelta(COVERS[0], {"tilt": Sample(5_000, 41.0, 5_001)}, Presence.ONLINE, 5_000)
    alert = Alert(
        id=1,
        component=COVERS[0],
        rule="01002.tilt",
        level="red",
        text="",
        value=41,
        opened_at=5_000,
    )
    picture.apply(Delta("i", 1, 5_000, components=[heard], alerts=[alert]))
    header, columns = encode(atlas, picture)
    assert (header["epoch"], header["seq"], header["count"]) == ("e1", 42, 6)
    assert (header["atlas"], header["sample"]) == ("v7", True)
    assert header["at"] == "1970-01-01T00:00:01.000Z"
    codes = [code.decode() for code in columns["code"]]
    row = codes.index(COVERS[0])
    assert columns["level"][row] == Level.RED
    assert columns["presence"][row] == Presence.ONLINE
    assert columns["heard"][row] == 5_000
    assert columns["lon"][row] == pytest.approx(120.601)
    assert columns["lat"][row] == pytest.approx(31.405)
    assert header["classes"][columns["class"][row]]["code"] == COVER
    assert header["towns"][columns["town"][row]] == TOWNS[0]
    assert header["grids"][columns["grid"][row]] == GRIDS[0]
    assert header["gateways"][columns["gateway"][row]] == "gw-east"


def test_never_heard_is_neither_normal_nor_zero(atlas: Atlas) -> None:
    _, columns = encode(atlas, Picture())
    assert set(columns["presence"]) == {Presence.UNKNOWN}
    assert all(math.isnan(moment) for moment in columns["heard"])


def test_a_class_that_the_catalogue_lacks_and_no_gateway(atlas: Atlas) -> None:
    header, columns = encode(atlas, Picture())
    row = [code.decode() for code in columns["code"]].index(STRANGER)
    stranger = header["classes"][columns["class"][row]]
    assert (stranger["code"], stranger["interval_s"]) == ("99999", None)
    assert columns["gateway"][row] == NONE


def test_no_component_at_all(tmp_path: Path) -> None:
    header, columns = encode(Atlas.empty(tmp_path / "none.gpkg"), Picture())
    assert header["count"] == 0
    assert set(columns) >= {"lon", "lat", "level", "code"}


def test_updates_are_the_same_as_building_anew(atlas: Atlas) -> None:
    picture = Picture()
    standing = standing_of(atlas)
    updated = LiveColumns.build(standing, picture)
    for moment, code in enumerate((*COVERS, "3205070100209999"), 1):
        delta = ComponentDelta(code, {"tilt": Sample(moment, 1.0, moment)}, Presence.LATE, moment)
        updated.update(picture.apply(Delta("i", moment, moment, components=[delta])), picture)
    built = LiveColumns.build(standing, picture)
    for name in ("level", "presence", "heard"):
        np.testing.assert_array_equal(getattr(updated, name), getattr(built, name))
    assert updated.counts()["late"] == 5
    assert updated.counts()["unknown"] == 1
