"""Importing: what is published is exact, what is wrong is named, nothing is changed by halves."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box, mapping

from geodata import crs, geopackage
from geodata.atlas import Atlas
from geodata.importing import ImportReport, check_published, describe, import_layer
from layers import all_layers

if TYPE_CHECKING:
    from pathlib import Path

CODES = ("320507001001001", "320507001001002", "320507001001003")
NAMES = ("元和一网格", "元和二网格", "元和三网格")
LON, LAT = 120.60, 31.40


def squares(count: int = 3) -> list[Polygon]:
    """Squares side by side, sharing borders, WGS 84."""
    return [box(LON + 0.01 * n, LAT, LON + 0.01 * (n + 1), LAT + 0.01) for n in range(count)]


def frame(**columns: Any) -> gpd.GeoDataFrame:
    data = {"code": list(CODES), "name": list(NAMES), **columns}
    geometry = data.pop("geometry", squares())
    return gpd.GeoDataFrame(data, geometry=geometry, crs="EPSG:4326")


def write_geojson(path: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    document = {"type": "FeatureCollection", **members, "features": features}
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return path


def feature(shape: Any, **properties: Any) -> dict[str, Any]:
    geometry = None if shape is None else mapping(shape)
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def run(tmp_path: Path, file: Path, layer: str = "grids", **options: Any) -> ImportReport:
    return import_layer(tmp_path / "onemap.gpkg", all_layers()[layer].schema, file, **options)


def codes(report: ImportReport, level: str | None = None) -> set[str]:
    return {p.code for p in report.problems if level in {None, p.level}}


def grids_in(tmp_path: Path) -> gpd.GeoDataFrame:
    return Atlas.open(tmp_path / "onemap.gpkg").layers["grids"]


@pytest.mark.parametrize("target", ["EPSG:4326", "EPSG:4549", "EPSG:4528", "EPSG:3857"])
@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_a_file_that_says_its_crs_lands_where_it_belongs(
    tmp_path: Path, suffix: str, target: str
) -> None:
    file = tmp_path / f"in{suffix}"
    frame(leader=["张三", "李四", "王五"]).to_crs(target).to_file(file, encoding="UTF-8")
    report = run(tmp_path, file)
    assert report.published, describe(report)
    assert not report.problems
    found = grids_in(tmp_path)
    assert list(found.index) == list(CODES)
    assert list(found["leader"]) == ["张三", "李四", "王五"]
    assert found.crs == "EPSG:4326"
    moved = shapely.hausdorff_distance(found.geometry.array, np.array(squares()))
    assert moved.max() < 1e-7


@pytest.mark.parametrize(
    ("name", "forward"), [("GCJ-02", crs.wgs84_to_gcj02), ("BD-09", crs.wgs84_to_bd09)]
)
def test_offsets_are_taken_out(tmp_path: Path, name: str, forward: Any) -> None:
    shapes = shapely.transform(np.array(squares()), forward)
    rows = zip(shapes, CODES, NAMES, strict=True)
    file = write_geojson(tmp_path / "in.json", [feature(s, code=c, name=n) for s, c, n in rows])
    report = run(tmp_path, file, crs=name)
    assert report.published
    assert report.crs == name
    moved = shapely.hausdorff_distance(grids_in(tmp_path).geometry.array, np.array(squares()))
    assert moved.max() < 1e-8


def test_a_geojson_without_crs_is_refused_and_told_what_it_may_be(tmp_path: Path) -> None:
    file = write_geojson(tmp_path / "in.json", [feature(squares()[0], code=CODES[0], name="a")])
    report = run(tmp_path, file)
    assert codes(report, "error") == {"no_crs"}
    assert "GCJ-02" in report.problems[0].detail
    assert not report.published
    assert not (tmp_path / "onemap.gpkg").exists()


def test_a_shapefile_without_prj_is_refused_with_the_crs_that_fits(tmp_path: Path) -> None:
    file = tmp_path / "in.shp"
    frame().to_crs("EPSG:4528").to_file(file, encoding="UTF-8")
    file.with_suffix(".prj").unlink()
    report = run(tmp_path, file)
    assert codes(report, "error") == {"no_crs"}
    assert "EPSG:4528" in report.problems[-1].detail
    assert run(tmp_path, file, crs="EPSG:4528").published


def test_a_named_crs_stands_above_the_files_own(tmp_path: Path) -> None:
    shapes = shapely.transform(np.array(squares()), crs.wgs84_to_gcj02)
    file = tmp_path / "mislabelled.gpkg"
    frame(geometry=list(shapes)).to_file(file)
    assert run(tmp_path, file, crs="GCJ-02").crs == "GCJ-02"
    moved = shapely.hausdorff_distance(grids_in(tmp_path).geometry.array, np.array(squares()))
    assert moved.max() < 1e-8


@pytest.mark.parametrize("name", ["苏州独立坐标系", "EPSG:999999", "nonsense"])
def test_a_crs_that_is_unknown_is_refused(tmp_path: Path, name: str) -> None:
    file = tmp_path / "in.gpkg"
    frame().to_file(file)
    assert codes(run(tmp_path, file, crs=name), "error") == {"unknown_crs"}


def test_a_wrong_crs_is_refused_with_what_would_fit(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame().to_crs("EPSG:4549").to_file(file)
    report = run(tmp_path, file, crs="EPSG:4326")
    assert codes(report, "error") == {"outside_plausible"}
    assert "EPSG:4549" in report.problems[-1].detail


def test_latitude_first_is_told(tmp_path: Path) -> None:
    swapped = shapely.transform(np.array(squares()), lambda xy: xy[:, ::-1])
    file = tmp_path / "in.gpkg"
    frame(geometry=list(swapped)).to_file(file)
    report = run(tmp_path, file)
    assert "latitude seems to stand before longitude" in report.problems[-1].detail


def test_an_old_datum_is_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame().to_crs("EPSG:2385").to_file(file)
    report = run(tmp_path, file)
    assert report.published
    assert "datum_shift" in codes(report, "warning")


def test_far_from_the_district_is_refused(tmp_path: Path) -> None:
    outline = gpd.GeoDataFrame(
        {"code": ["320507"], "name": ["相城区"]}, geometry=[box(120.5, 31.3, 120.8, 31.5)],
        crs="EPSG:4326",
    )  # fmt: skip
    outline.to_file(tmp_path / "d.gpkg")
    assert run(tmp_path, tmp_path / "d.gpkg", "district").published
    far = [shapely.affinity.translate(shape, xoff=5) for shape in squares()]
    frame(geometry=far).to_file(tmp_path / "far.gpkg")
    report = run(tmp_path, tmp_path / "far.gpkg")
    assert codes(report, "error") == {"outside_plausible"}
    one_far = [*squares()[:2], far[2]]
    frame(geometry=one_far).to_file(tmp_path / "one.gpkg")
    report = run(tmp_path, tmp_path / "one.gpkg", dry_run=True)
    assert codes(report) == {"outside_district"}
    assert report.ok


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (["320507001001001", "320507001001002", "32050700100100"], "wrong_code"),
        (["320507001001001", "320507001001002", "32050700100100x"], "wrong_code"),
        (["320507001001001", "320507001001002", "３２０５０７００１００１００３"], "wrong_code"),
        (["320507001001001", "320507001001002", "3.20507001001E+14"], "wrong_code"),
        (["320507001001001", "320507001001002", "320507001001002"], "duplicate_code"),
        (["320507001001001", "320507001001002", None], "missing_code"),
        (["320507001001001", "320507001001002", "  "], "missing_code"),
    ],
)
def test_wrong_codes_are_named(tmp_path: Path, given: list[Any], code: str) -> None:
    file = tmp_path / "in.gpkg"
    frame(code=given).to_file(file)
    report = run(tmp_path, file)
    assert codes(report, "error") == {code}
    assert not report.published


@pytest.mark.parametrize(
    "given",
    [
        [320507001001001, 320507001001002, 320507001001003],
        [320507001001001.0, 320507001001002.0, 320507001001003.0],
        ["320507001001001.0", "320507001001002.0", "320507001001003.0"],
        [" 320507001001001", "320507001001002\u3000", "320507001001003"],
    ],
)
def test_codes_that_became_numbers_come_back_exact(tmp_path: Path, given: list[Any]) -> None:
    file = tmp_path / "in.gpkg"
    frame(code=given).to_file(file)
    report = run(tmp_path, file)
    assert report.published, describe(report)
    assert list(grids_in(tmp_path).index) == list(CODES)


def test_a_code_of_17_digits_as_a_float_has_lost_digits_and_is_refused(tmp_path: Path) -> None:
    columns = {"code": [32050701001000001.0], "name": ["井盖"], "class_code": ["01002"]}
    points = gpd.GeoDataFrame(columns, geometry=[Point(LON, LAT)], crs="EPSG:4326")
    points.to_file(tmp_path / "in.gpkg")
    report = run(tmp_path, tmp_path / "in.gpkg", "components")
    assert codes(report, "error") == {"wrong_code"}
    assert "lost digits" in describe(report)


def test_a_code_of_17_digits_as_a_json_number_is_exact(tmp_path: Path) -> None:
    properties = {"code": 32050701001000001, "name": "井盖", "class_code": "01002"}
    file = write_geojson(tmp_path / "in.json", [feature(Point(LON, LAT), **properties)])
    report = run(tmp_path, file, "components", crs="WGS84")
    assert report.published, describe(report)
    atlas = Atlas.open(tmp_path / "onemap.gpkg")
    assert list(atlas.layers["components"].index) == ["32050701001000001"]


def test_components_need_their_class_and_no_gateway(tmp_path: Path) -> None:
    columns = {"code": ["3205070101000001"], "name": ["井盖"]}
    points = gpd.GeoDataFrame(columns, geometry=[Point(LON, LAT)], crs="EPSG:4326")
    points.to_file(tmp_path / "in.gpkg")
    assert codes(run(tmp_path, tmp_path / "in.gpkg", "components"), "error") == {"missing_field"}
    points.assign(class_code=[" "]).to_file(tmp_path / "in.gpkg")
    assert codes(run(tmp_path, tmp_path / "in.gpkg", "components"), "error") == {"missing_field"}
    points.assign(class_code=["01002"]).to_file(tmp_path / "in.gpkg")
    assert run(tmp_path, tmp_path / "in.gpkg", "components").published


def test_columns_by_map_and_whatever_their_case(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    given = frame(负责人=["张三", "李四", "王五"]).rename(columns={"code": "CODE", "name": "名称"})
    given.to_file(file)
    report = run(tmp_path, file, mapping={"name": "名称", "leader": "负责人"})
    assert report.published, describe(report)
    assert list(grids_in(tmp_path)["leader"]) == ["张三", "李四", "王五"]


def test_a_map_that_names_nothing_is_refused_with_the_choices(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame().to_file(file)
    report = run(tmp_path, file, mapping={"name": "名称", "colour": "name"})
    assert codes(report, "error") == {"unknown_column", "unknown_field"}
    assert "leader_phone" in describe(report)


def test_missing_names(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame(name=["a", None, ""]).to_file(file)
    report = run(tmp_path, file)
    assert [(p.code, p.count) for p in report.problems] == [("missing_name", 2)]
    assert CODES[1] in report.problems[0].detail


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (Polygon([(120, 31), (120.01, 31.01), (120.01, 31), (120, 31.01)]), "invalid_geometry"),
        (None, "empty_geometry"),
        (Polygon(), "empty_geometry"),
        (Point(LON, LAT), "wrong_geometry_kind"),
        (LineString([(LON, LAT), (LON + 1, LAT)]), "wrong_geometry_kind"),
    ],
)
def test_wrong_geometries_are_named_with_their_feature(
    tmp_path: Path, shape: Any, code: str
) -> None:
    file = tmp_path / "in.gpkg"
    frame(geometry=[*squares()[:2], shape]).to_file(file, geometry_type="Unknown")
    report = run(tmp_path, file)
    assert codes(report, "error") == {code}
    assert CODES[2] in report.problems[0].detail


def test_single_and_multi_may_stand_together(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    shapes = squares()
    frame(geometry=[*shapes[:2], MultiPolygon([shapes[2]])]).to_file(file, geometry_type="Unknown")
    assert run(tmp_path, file).published


def test_heights_are_dropped_with_a_note(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame(geometry=list(shapely.force_3d(squares(), 5.0))).to_file(file)
    report = run(tmp_path, file)
    assert report.published
    assert codes(report) == {"z_dropped"}
    assert not shapely.has_z(grids_in(tmp_path).geometry.array).any()


def test_overlapping_areas_are_warned_of(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    shapes = squares()
    shapes[1] = box(LON + 0.009, LAT, LON + 0.02, LAT + 0.01)
    frame(geometry=shapes).to_file(file)
    report = run(tmp_path, file)
    assert report.published
    assert codes(report) == {"overlap"}
    assert f"{CODES[0]} and {CODES[1]}" in report.problems[0].detail


def test_values_keep_their_kinds(tmp_path: Path) -> None:
    stones = [{"name": "开工", "due": "2026-01-01", "done": None}]
    properties = {
        "code": "P1",
        "name": "项目",
        "phone": 13800000000,
        "invest_planned": "1,200.5",
        "start_date": "2026年3月1日",
        "due_date": "2026/12/31",
        "progress": "许多",
        "milestones": stones,
    }
    file = write_geojson(tmp_path / "in.json", [feature(Point(LON, LAT), **properties)])
    report = run(tmp_path, file, "key_projects", crs="WGS84")
    assert report.published, describe(report)
    assert codes(report) == {"bad_value"}
    row = Atlas.open(tmp_path / "onemap.gpkg").row("key_projects", "P1")
    assert row is not None
    assert row["phone"] == "13800000000"
    assert row["invest_planned"] == 1200.5
    assert row["start_date"] == "2026-03-01"
    assert row["due_date"] == "2026-12-31"
    assert row["progress"] is None
    assert json.loads(row["milestones"]) == stones


def test_whole_numbers_stay_whole_beside_empty_cells(tmp_path: Path) -> None:
    file = tmp_path / "in.gpkg"
    frame(population=pd.array([1200, None, 900], dtype="Int64")).to_file(file)
    report = run(tmp_path, file)
    assert report.published, describe(report)
    atlas = Atlas.open(tmp_path / "onemap.gpkg")
    assert [atlas.row("grids", code)["population"] for code in CODES] == [1200, None, 900]  # type: ignore[index]


def test_a_refused_file_changes_nothing(tmp_path: Path) -> None:
    frame().to_file(tmp_path / "good.gpkg")
    assert run(tmp_path, tmp_path / "good.gpkg").published
    before = (tmp_path / "onemap.gpkg").read_bytes()
    frame(code=["1", "2", "3"]).to_file(tmp_path / "bad.gpkg")
    assert not run(tmp_path, tmp_path / "bad.gpkg").ok
    assert run(tmp_path, tmp_path / "good.gpkg", dry_run=True).ok
    assert (tmp_path / "onemap.gpkg").read_bytes() == before


def test_a_damaged_geopackage_is_named_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "onemap.gpkg").write_bytes(b"SQLite format 3\0" + b"x" * 5000)
    frame().to_file(tmp_path / "good.gpkg")
    report = run(tmp_path, tmp_path / "good.gpkg")
    assert codes(report, "error") == {"unavailable"}
    assert (tmp_path / "onemap.gpkg").read_bytes().startswith(b"SQLite format 3\0x")


def test_it_is_a_sample_until_its_last_layer_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "onemap.gpkg"
    roads = gpd.GeoDataFrame(
        {"code": ["R1"], "name": ["路"]},
        geometry=[LineString([(LON, LAT), (LON + 0.1, LAT)])],
        crs="EPSG:4326",
    )
    geopackage.write_state(target, {"grids": frame(), "roads": roads}, meta={"sample": "1"})
    frame().to_file(tmp_path / "mine.gpkg")
    roads.to_file(tmp_path / "roads.gpkg")
    assert run(tmp_path, tmp_path / "mine.gpkg").published
    assert Atlas.open(target).sample
    assert geopackage.read_meta(target)["source:grids"] == "mine.gpkg"
    assert run(tmp_path, tmp_path / "roads.gpkg", "roads").published
    assert not Atlas.open(target).sample


def test_what_is_published_can_be_checked_again(tmp_path: Path) -> None:
    shapes = squares()
    shapes[1] = box(LON + 0.009, LAT, LON + 0.02, LAT + 0.01)
    geopackage.write_state(tmp_path / "onemap.gpkg", {"grids": frame(geometry=shapes)})
    schemas = [layer.schema for layer in all_layers().values()]
    (report,) = check_published(tmp_path / "onemap.gpkg", schemas)
    assert report.layer == "grids"
    assert codes(report) == {"overlap"}


def test_the_report_is_what_the_contract_says(tmp_path: Path) -> None:
    frame(code=["1", CODES[1], CODES[2]]).to_file(tmp_path / "in.gpkg")
    report = run(tmp_path, tmp_path / "in.gpkg").as_dict()
    assert list(report) == ["layer", "features", "crs", "encoding", "problems", "published"]
    assert report["features"] == 3
    assert report["published"] is False
    (problem,) = report["problems"]
    assert list(problem) == ["code", "level", "count", "detail"]
    json.dumps(report)


def test_a_zipped_shapefile(tmp_path: Path) -> None:
    shp = tmp_path / "网格!.shp"
    pyogrio.write_dataframe(frame(), tmp_path / "x.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for part in tmp_path.glob("x.*"):
            archive.write(part, f"数据/{shp.stem}{part.suffix.upper()}")
        archive.writestr(f"__MACOSX/数据/._{shp.stem}.shp", b"junk")
    report = run(tmp_path, tmp_path / "in.zip")
    assert report.published, describe(report)


def test_what_is_no_feature_file_is_named(tmp_path: Path) -> None:
    for name, content in {
        "a.txt": b"hello",
        "b.json": b"{not json",
        "c.json": b'{"type": "Topology"}',
        "d.json": b"[1, 2]",
        "e.gpkg": b"nothing",
        "f.shp": b"nothing",
        "g.zip": b"nothing",
        "h.json": b'{"type": "Point", "coordinates": [NaN, 31]}',
    }.items():
        (tmp_path / name).write_bytes(content)
        report = run(tmp_path, tmp_path / name)
        assert codes(report, "error") == {"not_a_feature_file"}, name
    assert codes(run(tmp_path, tmp_path / "missing.shp")) == {"no_file"}
    with zipfile.ZipFile(tmp_path / "empty.zip", "w") as archive:
        archive.writestr("readme.txt", "no shapes")
    assert codes(run(tmp_path, tmp_path / "empty.zip")) == {"not_a_feature_file"}


def test_a_table_without_geometry_and_a_file_of_several_layers(tmp_path: Path) -> None:
    table = tmp_path / "table.gpkg"
    pyogrio.write_dataframe(pd.DataFrame({"code": ["1"]}), table, driver="GPKG")
    assert codes(run(tmp_path, table)) == {"not_a_feature_file"}
    several = tmp_path / "several.gpkg"
    frame().to_file(several, layer="a")
    frame().to_file(several, layer="b")
    assert codes(run(tmp_path, several)) == {"several_layers"}
    frame().to_file(several, layer="grids")
    assert run(tmp_path, several).published


def test_a_file_without_features_is_refused(tmp_path: Path) -> None:
    file = write_geojson(tmp_path / "in.json", [])
    assert "no_features" in codes(run(tmp_path, file, crs="WGS84"), "error")


@pytest.mark.parametrize("name", ["grids.gpkg", "grids.shp"])
def test_a_virtual_dataset_by_another_name_reads_nothing_else(tmp_path: Path, name: str) -> None:
    """GDAL goes by content: as a VRT it would open any other file, and any host."""
    other = write_geojson(tmp_path / "other.geojson", [feature(squares(1)[0], code=CODES[0])])
    vrt = f"""<OGRVRTDataSource><OGRVRTLayer name="grids"><SrcDataSource>{other}</SrcDataSource>
        <SrcLayer>other</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"""
    (tmp_path / name).write_text(vrt)
    (tmp_path / "grids.dbf").write_bytes(b"\x03" + bytes(40))
    report = run(tmp_path, tmp_path / name)
    assert codes(report, "error") == {"not_a_feature_file"}
    assert not (tmp_path / "onemap.gpkg").exists()


@pytest.mark.parametrize("name", ["\ud800一网格", "一\0网格", "一\x1b[31m网格"])
def test_a_name_that_is_no_text_is_refused(tmp_path: Path, name: str) -> None:
    features = [feature(squares(1)[0], code=CODES[0], name=name)]
    file = tmp_path / "in.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    report = run(tmp_path, file, crs="EPSG:4326")
    assert codes(report, "error") == {"missing_name"}
    assert "bad_value" in codes(report)
    assert describe(report).encode().isascii()
