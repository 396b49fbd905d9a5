"""Files as they really come (../shared); skipped where they are not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import pytest
import shapely

from geodata.atlas import Atlas
from geodata.importing import describe, import_layer
from layers import all_layers

if TYPE_CHECKING:
    from pathlib import Path

GRID_COLUMNS = {"code": "网格编码", "name": "网格名称", "leader": "负责人"}


def test_the_real_outline_lies_within_a_metre(shared: Path, tmp_path: Path) -> None:
    schema, target = all_layers()["district"].schema, tmp_path / "onemap.gpkg"
    outline = shared / "geodata" / "320507_datav_gcj02.json"
    refused = import_layer(target, schema, outline, mapping={"code": "adcode"})
    assert "no_crs" in {problem.code for problem in refused.problems}
    assert not target.exists()
    report = import_layer(target, schema, outline, crs="GCJ-02", mapping={"code": "adcode"})
    assert report.published, describe(report)
    known = gpd.read_file(shared / "geodata" / "320507_wgs84_derived.geojson").to_crs("EPSG:4549")
    district = Atlas.open(target).layers["district"]
    assert list(district.index) == ["320507"]
    ours = district.geometry.to_crs("EPSG:4549").iloc[0]
    reference = known.geometry.iloc[0]
    # The copy has fewer vertices: every one of them must lie on our outline.
    points = shapely.points(shapely.get_coordinates(reference))
    assert shapely.distance(points, ours.boundary).max() < 1.0


@pytest.mark.parametrize(("name", "guessed"), [("grid_gbk_4549", False), ("grid_gbk_nocpg", True)])
def test_grids_in_gbk(shared: Path, tmp_path: Path, name: str, guessed: bool) -> None:
    file = shared / "hard" / "generated" / f"{name}.shp"
    schema, target = all_layers()["grids"].schema, tmp_path / "onemap.gpkg"
    report = import_layer(target, schema, file, mapping=GRID_COLUMNS)
    assert report.published, describe(report)
    assert ("encoding_guessed" in {problem.code for problem in report.problems}) is guessed
    grids = Atlas.open(target).layers["grids"]
    assert "元和蠡口一网格" in set(grids["name"])
    assert all(len(code) == 15 for code in grids.index)


def test_gcj02_labelled_wgs84_needs_the_truth_from_people(shared: Path, tmp_path: Path) -> None:
    file = shared / "hard" / "generated" / "grid_gcj02_mislabelled_wgs84.geojson"
    schema, target = all_layers()["grids"].schema, tmp_path / "onemap.gpkg"
    right = shared / "hard" / "generated" / "grid_gbk_4549.shp"
    assert import_layer(target, schema, right, mapping=GRID_COLUMNS).published
    wanted = Atlas.open(target).layers["grids"].geometry.to_crs("EPSG:4549")
    assert import_layer(target, schema, file, mapping=GRID_COLUMNS, crs="GCJ-02").published
    found = Atlas.open(target).layers["grids"].geometry.to_crs("EPSG:4549")
    assert found.centroid.distance(wanted.centroid).max() < 1.0


def test_bad_polygons_are_all_named(shared: Path, tmp_path: Path) -> None:
    for name in ("xc_bad_polygons.geojson", "xc_utf8bom.geojson"):
        file = shared / "hard" / "generated" / name
        schema = all_layers()["water"].schema
        report = import_layer(tmp_path / "onemap.gpkg", schema, file, mapping={"code": "name"})
        found = {problem.code: problem for problem in report.problems}
        assert {"invalid_geometry", "empty_geometry"} <= set(found)
        assert "Self-intersection" in found["invalid_geometry"].detail
        assert "bowtie" in found["invalid_geometry"].detail
        assert not report.published


def test_no_hard_file_gets_through_or_stops_us(shared: Path, tmp_path: Path) -> None:
    files = sorted(path for path in (shared / "hard").rglob("*") if path.is_file())
    assert files
    for file in files:
        for layer in ("water", "party_sites"):
            report = import_layer(
                tmp_path / "onemap.gpkg", all_layers()[layer].schema, file, dry_run=True
            )
            assert not report.ok, f"{file.name}: {describe(report)}"
            assert not report.published
