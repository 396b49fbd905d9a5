"""The GeoPackage: whole or not at all, no trace beside it, errors that name the culprit."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal

from geodata import geopackage, sqlite_file
from geodata.errors import AtlasUnavailableError

ROOT = Path(__file__).resolve().parents[2]


def squares(*codes: str, crs: str = "EPSG:4326") -> gpd.GeoDataFrame:
    shapes = [
        shapely.box(120.6 + i / 100, 31.4, 120.61 + i / 100, 31.41) for i in range(len(codes))
    ]
    frame = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs="EPSG:4326")
    return frame.to_crs(crs)


AGENCIES = pd.DataFrame(
    [("320507001J1", "320507001", "党政办公室", None, "0512-66****01")],
    columns=["code", "town", "name", "head", "phone"],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "data" / "onemap.gpkg"
    layers = {"towns": squares("001", "002"), "water": squares("W1")}
    geopackage.write_state(file, layers, agencies=AGENCIES, meta={"sample": "1"})
    return file


def beside(path: Path) -> list[str]:
    return sorted(each.name for each in path.parent.iterdir())


def test_a_state_comes_back_as_it_was_written(path: Path) -> None:
    assert geopackage.layer_ids(path) == ["towns", "water"]
    towns = geopackage.read_layer(path, "towns")
    assert towns["code"].tolist() == ["001", "002"]
    assert towns.crs == "EPSG:4326"
    assert shapely.equals(towns.geometry.values, squares("001", "002").geometry.values).all()
    assert geopackage.read_meta(path) == {"sample": "1"}
    assert geopackage.read_agencies(path).to_dict("records") == AGENCIES.to_dict("records")
    assert beside(path) == ["onemap.gpkg"]


def test_gdal_and_so_qgis_sees_typed_layers_in_wgs84(path: Path) -> None:
    assert pyogrio.list_layers(path).tolist() == [
        ["towns", "Polygon"],
        ["water", "Polygon"],
        ["agencies", None],
        ["onemap_meta", None],
    ]
    assert pyogrio.read_info(path, layer="towns")["crs"] == "EPSG:4326"


@pytest.mark.parametrize(
    ("shapes", "kind"),
    [
        ([shapely.Point(1, 1), shapely.box(0, 0, 1, 1)], "Unknown"),
        (
            [shapely.box(0, 0, 1, 1), shapely.MultiPolygon([shapely.box(2, 0, 3, 1)])],
            "MultiPolygon",
        ),
        ([], "Unknown"),
    ],
)
def test_mixed_and_empty_layers_are_kept(path: Path, shapes: list[object], kind: str) -> None:
    codes = [str(i) for i in range(len(shapes))]
    frame = gpd.GeoDataFrame({"code": codes, "name": codes}, geometry=shapes, crs="EPSG:4326")
    geopackage.replace_layer(path, "key_projects", frame)
    assert dict(pyogrio.list_layers(path))["key_projects"] == kind
    assert geopackage.read_layer(path, "key_projects")["code"].tolist() == codes


def test_another_crs_is_brought_to_wgs84(path: Path) -> None:
    geopackage.replace_layer(path, "towns", squares("001", crs="EPSG:4549"))
    there = geopackage.read_layer(path, "towns").geometry.iloc[0]
    assert there.hausdorff_distance(squares("001").geometry.iloc[0]) < 1e-8


def test_replacing_one_layer_keeps_all_else(path: Path) -> None:
    geopackage.replace_layer(path, "towns", squares("007"), meta={"source.towns": "a.shp"})
    assert sorted(geopackage.layer_ids(path)) == ["towns", "water"]
    assert geopackage.read_layer(path, "towns")["code"].tolist() == ["007"]
    assert geopackage.read_layer(path, "water")["code"].tolist() == ["W1"]
    assert geopackage.read_meta(path) == {"sample": "1", "source.towns": "a.shp"}
    assert len(geopackage.read_agencies(path)) == 1
    assert beside(path) == ["onemap.gpkg"]


def test_a_first_layer_makes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "new" / "onemap.gpkg"
    geopackage.replace_layer(path, "district", squares("320507"), meta={"a": "b"})
    assert geopackage.layer_ids(path) == ["district"]
    assert geopackage.read_meta(path) == {"a": "b"}
    assert geopackage.read_agencies(path).empty


def test_the_stamp_changes_with_every_publication(path: Path) -> None:
    seen = {geopackage.stamp(path)}
    for code in ("003", "004", "005"):
        geopackage.replace_layer(path, "towns", squares(code))
        seen.add(geopackage.stamp(path))
    assert len(seen) == 4
    assert geopackage.stamp(path) == geopackage.stamp(path)


def test_a_failed_replacement_changes_nothing(path: Path) -> None:
    before = path.read_bytes()
    without_crs = gpd.GeoDataFrame({"code": ["1"]}, geometry=[shapely.Point(0, 0)])
    with pytest.raises(AtlasUnavailableError, match="'towns' has no coordinate system"):
        geopackage.replace_layer(path, "towns", without_crs)
    assert path.read_bytes() == before
    assert beside(path) == ["onemap.gpkg"]


def test_a_publication_by_somebody_else_meanwhile_is_not_lost(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_layer = geopackage._write_layer
    others = iter([squares("W8", "W9")])

    def slowly(temp: Path, layer: str, frame: gpd.GeoDataFrame) -> None:
        write_layer(temp, layer, frame)
        for other in others:
            geopackage.replace_layer(path, "water", other)

    monkeypatch.setattr(geopackage, "_write_layer", slowly)
    geopackage.replace_layer(path, "towns", squares("007"))
    assert geopackage.read_layer(path, "towns")["code"].tolist() == ["007"]
    assert geopackage.read_layer(path, "water")["code"].tolist() == ["W8", "W9"]


def test_a_writer_killed_at_any_moment_leaves_a_whole_state(path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; import geopandas as gpd\n"
        "from geodata import geopackage\n"
        "path = Path(sys.argv[1]); frame = geopackage.read_layer(path, 'towns')\n"
        "print('ready', flush=True)\n"
        "while True: geopackage.replace_layer(path, 'towns', frame, meta={'by': 'a writer'})\n"
    )
    for pause in (0.03, 0.11, 0.17):
        writer = subprocess.Popen(
            [sys.executable, "-c", program, str(path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        try:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"ready\n"
            time.sleep(pause)
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.communicate()
        geopackage.check(path)
        assert len(geopackage.read_layer(path, "towns")) == 2


def test_leftovers_of_a_killed_writer_are_swept_when_old(path: Path) -> None:
    old, new = (path.with_name(f".onemap-{name}.gpkg") for name in ("old", "new"))
    old.touch()
    new.touch()
    os.utime(old, (1, 1))
    geopackage.replace_layer(path, "towns", squares("001"))
    assert beside(path) == [".onemap-new.gpkg", "onemap.gpkg"]


def test_readers_meanwhile_see_one_state_or_the_other(path: Path) -> None:
    def publish() -> None:
        for i in range(12):
            geopackage.replace_layer(path, "towns", squares(*["a", "b", "c"][: 1 + i % 3]))

    writer = threading.Thread(target=publish)
    writer.start()
    try:
        seen = set()
        while writer.is_alive():
            seen.add(tuple(geopackage.read_layer(path, "towns")["code"]))
    finally:
        writer.join()
    assert seen <= {("001", "002"), ("a",), ("a", "b"), ("a", "b", "c")}


def test_reading_leaves_no_trace(path: Path) -> None:
    before = path.read_bytes()
    geopackage.check(path)
    geopackage.read_layer(path, "towns")
    geopackage.read_meta(path)
    assert path.read_bytes() == before
    assert beside(path) == ["onemap.gpkg"]


def test_a_file_that_was_left_in_wal_mode_is_read_without_a_trace(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode=WAL")
    before = path.read_bytes()
    assert before[18:20] == b"\x02\x02"
    geopackage.check(path)
    assert len(geopackage.read_layer(path, "towns")) == 2
    assert path.read_bytes() == before
    assert beside(path) == ["onemap.gpkg"]
    geopackage.replace_layer(path, "towns", squares("009"))
    assert beside(path) == ["onemap.gpkg"]


def test_missing_says_how_to_make_one(tmp_path: Path) -> None:
    for call in (geopackage.check, geopackage.stamp, geopackage.layer_ids, geopackage.read_meta):
        with pytest.raises(AtlasUnavailableError, match=r"onemap demo.*onemap import"):
            call(tmp_path / "no.gpkg")
    assert not any(tmp_path.iterdir())


def damaged(whole: bytes, how: str) -> bytes:
    return {
        "empty": b"",
        "text": "相城区\n".encode() * 500,
        "cut in half": whole[: len(whole) // 2],
        "a hole": whole[:4096] + b"\xa5" * 12_288 + whole[16_384:],
        "only a header": whole[:16] + b"\xff" * 4_000,
    }[how]


@pytest.mark.parametrize("how", ["empty", "text", "cut in half", "a hole", "only a header"])
def test_damage_is_named_and_left_untouched(path: Path, how: str) -> None:
    content = damaged(path.read_bytes(), how)
    path.write_bytes(content)
    for call in (geopackage.check, geopackage.layer_ids):
        with pytest.raises(AtlasUnavailableError, match=r"onemap\.gpkg: .*left untouched"):
            call(path)
    with pytest.raises(AtlasUnavailableError, match=r"onemap\.gpkg"):
        geopackage.replace_layer(path, "towns", squares("001"))
    assert path.read_bytes() == content
    assert beside(path) == ["onemap.gpkg"]


def test_a_database_that_is_no_geopackage_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.gpkg"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE t (a)")
    with pytest.raises(AtlasUnavailableError, match="not a GeoPackage"):
        geopackage.check(path)


def test_a_layer_that_is_not_there_or_has_no_geometry_is_named(path: Path) -> None:
    with pytest.raises(AtlasUnavailableError, match="'libraries'"):
        geopackage.read_layer(path, "libraries")
    with pytest.raises(AtlasUnavailableError, match="'agencies' has no geometry"):
        geopackage.read_layer(path, "agencies")


def test_a_locked_file_is_named_and_never_replaced(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "LOCK_WAIT_S", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for call in (
            lambda: geopackage.check(path),
            lambda: geopackage.read_layer(path, "towns"),
            lambda: geopackage.replace_layer(path, "towns", squares("001")),
            lambda: geopackage.write_state(path, {"towns": squares("001")}),
        ):
            with pytest.raises(AtlasUnavailableError, match=r"onemap\.gpkg: locked by another"):
                call()
        other.execute("ROLLBACK")
    assert len(geopackage.read_layer(path, "towns")) == 2


def test_a_file_that_is_open_for_editing_is_read_but_not_replaced(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as qgis:
        qgis.execute("PRAGMA journal_mode=WAL")
        qgis.execute("UPDATE onemap_meta SET value = '0' WHERE key = 'sample'")
        assert geopackage.read_meta(path) == {"sample": "0"}
        with pytest.raises(AtlasUnavailableError, match="locked by another"):
            geopackage.replace_layer(path, "towns", squares("001"))
    assert geopackage.read_meta(path) == {"sample": "0"}


def test_an_interrupted_save_of_another_program_is_named(path: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.gpkg"
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA cache_size=2")
        other.execute("BEGIN")
        other.execute("CREATE TABLE much (a)")
        for _ in range(40):  # more than its cache holds, so that it spills into the file
            other.execute("INSERT INTO much SELECT hex(randomblob(3000))")
            other.execute("UPDATE agencies SET head = hex(randomblob(3000))")
        shutil.copy(path, broken)
        shutil.copy(f"{path}-journal", f"{broken}-journal")
        other.execute("ROLLBACK")
    before = broken.read_bytes()
    with pytest.raises(AtlasUnavailableError, match="interrupted while saving"):
        geopackage.check(broken)
    with pytest.raises(AtlasUnavailableError):
        geopackage.replace_layer(broken, "towns", squares("001"))
    assert broken.read_bytes() == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_named(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(AtlasUnavailableError, match="cannot be written"):
            geopackage.replace_layer(path, "towns", squares("001"))
    finally:
        path.parent.chmod(0o700)


def test_a_path_below_a_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AtlasUnavailableError, match="cannot be written"):
        geopackage.write_state(tmp_path / "file" / "onemap.gpkg", {"towns": squares("001")})


def test_a_link_stays_a_link(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.gpkg"
    link.symlink_to(path)
    geopackage.replace_layer(link, "towns", squares("001"))
    assert link.is_symlink()
    assert len(geopackage.read_layer(path, "towns")) == 1


def test_a_layer_read_in_parts_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where a column is empty all through one part, and codes of rows have gaps."""
    path, count = tmp_path / "map.gpkg", 23
    made = gpd.GeoDataFrame(
        {
            "code": [str(n) for n in range(count)],
            "text": [None] * 15 + ["字"] * 8,
            "whole": [None] * 15 + [7] * 8,
            "number": [0.5] * count,
            "yes": [True] * count,
        },
        geometry=[shapely.Point(120.6, 31.4)] * count,
        crs="EPSG:4326",
    )
    geopackage.write_state(path, {"components": made})
    with closing(sqlite3.connect(path)) as connection:
        # GeoPackage's triggers call functions that only GDAL has.
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("DELETE FROM components WHERE fid IN (3, 4, 5, 6, 11)")
        connection.commit()
    whole = geopackage.read_layer(path, "components")
    monkeypatch.setattr(geopackage, "_PART", 4)
    assert len(whole) == count - 5
    assert_geodataframe_equal(geopackage.read_layer(path, "components"), whole)
