"""Encodings of shapefiles and GeoJSON: GBK without a word, characters cut in two, a BOM."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box, mapping

from geodata.atlas import Atlas
from geodata.importing import ImportReport, describe, import_layer
from geodata.importing.dbf import prepare
from layers import all_layers

if TYPE_CHECKING:
    from pathlib import Path

CODE, NAME = "320507001001001", "元和蠡口一网格"


def write_shp(
    path: Path, encoding: str, name: str = NAME, column: str = "name", cpg: str | None = None
) -> Path:
    """A shapefile in an encoding; its .cpg says ``cpg``, or is not there."""
    frame = gpd.GeoDataFrame(
        {"code": [CODE], column: [name]}, geometry=[box(120.6, 31.4, 120.61, 31.41)],
        crs="EPSG:4326",
    )  # fmt: skip
    frame.to_file(path, encoding=encoding)
    path.with_suffix(".cpg").unlink()
    if cpg is not None:
        path.with_suffix(".cpg").write_text(cpg)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    table[29] = 0  # the language byte says nothing
    path.with_suffix(".dbf").write_bytes(table)
    return path


def run(tmp_path: Path, file: Path, **options: Any) -> ImportReport:
    return import_layer(tmp_path / "onemap.gpkg", all_layers()["grids"].schema, file, **options)


def name_in(tmp_path: Path) -> Any:
    return Atlas.open(tmp_path / "onemap.gpkg").layers["grids"].loc[CODE, "name"]


@pytest.mark.parametrize(
    ("written", "cpg", "found", "guessed"),
    [
        ("GBK", "GBK", "gb18030", False),
        ("GBK", "936", "gb18030", False),
        ("GB18030", "GB18030", "gb18030", False),
        ("UTF-8", "UTF-8", "utf-8", False),
        ("GBK", None, "gb18030", True),
        ("UTF-8", None, "utf-8", True),
        ("GBK", "UTF-8", "gb18030", True),  # a .cpg that lies
        ("GBK", "nonsense", "gb18030", True),
    ],
)
def test_shapefiles(
    tmp_path: Path, written: str, cpg: str | None, found: str, guessed: bool
) -> None:
    report = run(tmp_path, write_shp(tmp_path / "in.shp", written, cpg=cpg))
    assert report.published, describe(report)
    assert report.encoding == found
    assert ("encoding_guessed" in {p.code for p in report.problems}) is guessed
    assert name_in(tmp_path) == NAME


def test_a_named_encoding_stands_above_all(tmp_path: Path) -> None:
    file = write_shp(tmp_path / "in.shp", "GBK", cpg="UTF-8")
    report = run(tmp_path, file, encoding="gbk")
    assert report.published
    assert not report.problems
    assert name_in(tmp_path) == NAME


def test_a_named_encoding_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    file = write_shp(tmp_path / "in.shp", "GBK")
    assert [p.code for p in run(tmp_path, file, encoding="utf-8").problems] == ["wrong_encoding"]
    assert [p.code for p in run(tmp_path, file, encoding="x").problems] == ["unknown_encoding"]


def test_a_field_name_cut_in_the_middle_of_a_character(tmp_path: Path) -> None:
    """Four characters are 12 bytes in UTF-8, and a .dbf keeps ten of them."""
    file = write_shp(tmp_path / "in.shp", "UTF-8", column="网格名")
    table = file.with_suffix(".dbf")
    data = table.read_bytes()
    full = "网格名称".encode()[:10]
    assert data.count("网格名".encode()) == 1
    table.write_bytes(data.replace("网格名".encode() + b"\0", full))
    report = run(tmp_path, file, mapping={"name": "网格名"})
    assert report.published, describe(report)
    assert report.encoding == "utf-8"
    assert "text_cut" in {p.code for p in report.problems}


@given(st.text(alphabet="网格长元和街道abc12", min_size=1, max_size=12), st.integers(0, 3))
def test_cut_values_are_blanked_never_garbled(
    tmp_path_factory: pytest.TempPathFactory, text: str, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("cut")
    file = write_shp(folder / "in.shp", "UTF-8", name=text)
    table = file.with_suffix(".dbf")
    raw, data = text.encode(), table.read_bytes()
    shorter = raw[: len(raw) - cut]
    at = data.rindex(raw)
    table.write_bytes(data[:at] + shorter + b" " * cut + data[at + len(raw) :])
    prepare(table, "utf-8")
    kept = table.read_bytes()[at : at + len(raw)].rstrip(b" ").decode()
    assert kept == shorter.decode(errors="ignore")


def test_a_missing_index_is_made_again_in_the_copy_only(tmp_path: Path) -> None:
    file = write_shp(tmp_path / "in.shp", "UTF-8", cpg="UTF-8")
    file.with_suffix(".shx").unlink()
    report = run(tmp_path, file)
    assert report.published, describe(report)
    assert {p.code for p in report.problems} == {"missing_shx"}
    assert not file.with_suffix(".shx").exists()


def test_a_shapefile_without_its_table_is_refused(tmp_path: Path) -> None:
    file = write_shp(tmp_path / "in.shp", "UTF-8")
    file.with_suffix(".dbf").unlink()
    (problem,) = run(tmp_path, file).problems
    assert ".dbf" in problem.detail


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_geojson(tmp_path: Path, encoding: str) -> None:
    feature = {
        "type": "Feature",
        "properties": {"code": CODE, "name": NAME},
        "geometry": mapping(box(120.6, 31.4, 120.61, 31.41)),
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)
    (tmp_path / "in.geojson").write_bytes(text.encode(encoding))
    report = run(tmp_path, tmp_path / "in.geojson", crs="WGS84")
    assert report.published, describe(report)
    assert name_in(tmp_path) == NAME
    assert bool(report.problems) == (encoding == "gb18030")


def test_a_geojson_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in.geojson").write_bytes(
        b'{"type": "Point", "coordinates": [1, 2], "x": "\xff\xff"}'
    )
    assert [p.code for p in run(tmp_path, tmp_path / "in.geojson").problems] == ["wrong_encoding"]


def test_a_geojson_crs_member_is_heeded(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(geometry=[Point(120.6, 31.4)], crs="EPSG:4326").to_crs("EPSG:4549")
    point = frame.geometry.iloc[0]
    document = {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4549"}},
        "features": [
            {
                "type": "Feature",
                "properties": {"code": "S1", "name": "阵地"},
                "geometry": mapping(point),
            }
        ],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    schema = all_layers()["party_sites"].schema
    report = import_layer(tmp_path / "onemap.gpkg", schema, tmp_path / "in.json")
    assert report.published, describe(report)
    assert report.crs == "EPSG:4549"
    found = Atlas.open(tmp_path / "onemap.gpkg").layers["party_sites"].geometry.iloc[0]
    assert found.coords[0] == pytest.approx((120.6, 31.4), abs=1e-7)


def test_a_geojson_crs_that_is_a_link_is_refused(tmp_path: Path) -> None:
    document = {
        "type": "Point",
        "coordinates": [120.6, 31.4],
        "crs": {"type": "link", "properties": {"href": "http://example.org/crs"}},
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    assert "unknown_crs" in {p.code for p in run(tmp_path, tmp_path / "in.json").problems}
