"""``import_layer``: read, check, publish; whole or not at all."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from geodata import geopackage
from geodata.crs import WGS84, Crs, parse_crs, parse_written, to_wgs84
from geodata.errors import AtlasUnavailableError, UnknownCrsError
from geodata.importing.checks import check_attributes, check_geometries, check_overlaps
from geodata.importing.columns import conform
from geodata.importing.place import check_place, suggest_crs
from geodata.importing.reading import read_source
from geodata.importing.report import ImportReport, Problem, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    import geopandas as gpd
    from shapely.geometry.base import BaseGeometry

    from geodata.importing.source import Source
    from geodata.schema import LayerSchema

#: The meta key that says which file a layer came from; sample layers have none.
SOURCE_KEY = "source:"


def import_layer(
    gpkg: Path,
    schema: LayerSchema,
    file: Path,
    *,
    crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Import a site's file as one layer of the GeoPackage (made when there is none).

    crs: what the coordinates are in, whatever the file says (``"EPSG:4549"``,
        ``"GCJ-02"``); None takes the file's own, and refuses a file that has none.
    encoding: of the texts; None finds out. mapping: field -> column of the file.
    dry_run: check only.

    Never raises for what is wrong with the file or the GeoPackage: the report says it.
    """
    report = ImportReport(schema.id)
    try:
        source = read_source(file, schema.id, encoding)
    except RefusedError as refusal:
        return replace(report, problems=(refusal.problem,))
    raw, problems = conform(source.frame, schema, mapping or {})
    report = replace(report, features=len(raw), encoding=source.encoding)
    problems = [*source.problems, *problems]
    if not len(raw):
        problems.append(Problem("no_features", "error", 1, "the file has no features"))
    problems += check_attributes(raw, schema) + check_geometries(raw, schema)
    try:
        district = _district(gpkg, schema)
        used = _crs_of(source, crs, district)
        report = replace(report, crs=used.label)
        frame, found = _moved(raw, used, schema, district, problems)
        problems += found
        report = replace(report, problems=tuple(problems))
        if report.ok and not dry_run:
            geopackage.replace_layer(gpkg, schema.id, frame, meta=_meta(gpkg, schema.id, file))
            report = replace(report, published=True)
    except RefusedError as refusal:
        problems.append(refusal.problem)
    except AtlasUnavailableError as error:
        problems.append(Problem("unavailable", "error", 1, str(error)))
    return replace(report, problems=tuple(problems))


def check_published(gpkg: Path, schemas: Iterable[LayerSchema]) -> list[ImportReport]:
    """The same checks over what is published now, a report for each layer that is there.

    Raises:
        AtlasUnavailableError: the GeoPackage is missing, locked or damaged.
    """
    reports = []
    there = geopackage.layer_ids(gpkg)
    for schema in schemas:
        if schema.id not in there:
            continue
        frame = geopackage.read_layer(gpkg, schema.id)
        problems = check_attributes(frame, schema) + check_geometries(frame, schema)
        problems += check_place(frame, frame, _district(gpkg, schema))
        if not any(problem.code == "invalid_geometry" for problem in problems):
            problems += check_overlaps(frame, schema)
        report = ImportReport(schema.id, len(frame), WGS84, None, tuple(problems), published=True)
        reports.append(report)
    return reports


def _crs_of(source: Source, named: str | None, district: BaseGeometry | None) -> Crs:
    """What was named, else what the file says; never a guess."""
    given = named if named is not None else source.crs
    if given is None:
        hint = suggest_crs(source.frame, district)
        raise RefusedError("no_crs", f"the file does not say its CRS; name it by --crs: {hint}")
    try:
        return parse_crs(given) if named is not None else parse_written(given)
    except UnknownCrsError as error:
        raise RefusedError("unknown_crs", str(error)) from error


def _moved(
    raw: gpd.GeoDataFrame,
    crs: Crs,
    schema: LayerSchema,
    district: BaseGeometry | None,
    before: list[Problem],
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """The frame in EPSG:4326 and what only its place on the map shows."""
    frame = to_wgs84(raw, crs)
    problems = check_place(frame, raw, district)
    if not crs.exact:
        detail = (
            f"{crs.label} is on an old datum; brought to WGS 84 by public parameters it may lie "
            "tens of metres off; ask for the data in CGCS2000"
        )
        problems.append(Problem("datum_shift", "warning", len(frame), detail))
    sound = all(problem.level != "error" for problem in (*before, *problems))
    return frame, problems + (check_overlaps(frame, schema) if sound else [])


def _district(gpkg: Path, schema: LayerSchema) -> BaseGeometry | None:
    """The published outline; None when there is none, or when it is what is being imported."""
    if schema.id == "district" or not gpkg.exists() or "district" not in geopackage.layer_ids(gpkg):
        return None
    frame = geopackage.read_layer(gpkg, "district")
    return frame.geometry.union_all() if len(frame) else None


def _meta(gpkg: Path, layer: str, file: Path) -> dict[str, str]:
    """What the GeoPackage says of itself afterwards.

    It stays a sample as long as one layer of the sample is left in it.
    """
    meta = {
        SOURCE_KEY + layer: file.name,
        f"sha256:{layer}": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    if not gpkg.exists():
        return meta
    known = geopackage.read_meta(gpkg)
    if known.get("sample") == "1":
        left = set(geopackage.layer_ids(gpkg)) - {layer}
        if all(known.get(SOURCE_KEY + each, "sample") != "sample" for each in left):
            meta["sample"] = "0"
    return meta
