"""Reading a site's file: GeoPackage, Shapefile (alone or zipped) or GeoJSON."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pyogrio
import shapely
from pyogrio.errors import DataLayerError, DataSourceError

from geodata.importing.dbf import prepare
from geodata.importing.geojson import read_geojson
from geodata.importing.report import Problem, RefusedError, named
from geodata.importing.source import Source
from geodata.importing.staging import staged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FORMATS = "GeoPackage (.gpkg), Shapefile (.shp, .zip), GeoJSON (.geojson, .json)"

#: Types of geometry that may have curves in them, as a GeoPackage calls them.
_CURVED = ("CURVE", "CIRCULARSTRING", "SURFACE")

#: First bytes of a SQLite file and of a .shp. Whatever a file is called, GDAL opens it by what is
#: in it: a virtual dataset (VRT) could have it read other files, and other hosts.
_SQLITE, _SHP = b"SQLite format 3\0", (9994).to_bytes(4, "big")


def read_source(file: Path, layer_id: str, encoding: str | None = None) -> Source:
    """Read the features of a file as they are; the file is copied first and left untouched.

    layer_id: which layer to take of a GeoPackage that has several.

    Raises:
        RefusedError: it is no such file, or cannot be read; the problem says why.
    """
    with staged(file) as copy:
        match copy.suffix:
            case ".geojson" | ".json":
                return _flat(read_geojson(copy, encoding))
            case ".shp":
                _prove(copy, _SHP, "Shapefile")
                return _flat(_read_shapefile(copy, encoding))
            case ".gpkg":
                _prove(copy, _SQLITE, "GeoPackage")
                return _flat(_read_geopackage(copy, layer_id))
        raise RefusedError("not_a_feature_file", f"{file.name}: choose {FORMATS}")


def _prove(copy: Path, magic: bytes, what: str) -> None:
    with copy.open("rb") as file:
        if file.read(len(magic)) != magic:
            raise RefusedError("not_a_feature_file", f"it is called a {what} and is none")


def _read_shapefile(shp: Path, encoding: str | None) -> Source:
    dbf = shp.with_suffix(".dbf")
    if not dbf.is_file():
        raise RefusedError("not_a_feature_file", "the .dbf with codes and names is missing")
    decision = prepare(dbf, encoding)
    shp.with_suffix(".cpg").unlink(missing_ok=True)  # decided; GDAL must not decide again
    missing = not shp.with_suffix(".shx").is_file()
    with _restored_index():
        source = _read_gdal(shp, None, decision.encoding)
    problems = [*decision.problems, *source.problems]
    if missing:
        detail = "the .shx is missing; it was made again from the .shp, check the features"
        problems.append(Problem("missing_shx", "warning", 1, detail))
    return Source(source.frame, source.crs, decision.encoding, tuple(problems))


@contextmanager
def _restored_index() -> Iterator[None]:
    pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": "YES"})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"SHAPE_RESTORE_SHX": None})


def _read_geopackage(gpkg: Path, layer_id: str) -> Source:
    layer = _only_layer(gpkg, layer_id)
    source = _read_gdal(gpkg, layer, None)
    if not _is_curved(gpkg, layer):
        return source
    detail = "curves were replaced by short straight lines"
    problem = Problem("curves_linearised", "warning", len(source.frame), detail)
    return Source(source.frame, source.crs, None, (*source.problems, problem))


def _is_curved(gpkg: Path, layer: str) -> bool:
    """GDAL replaces curves without a word; the file's own table says that it has them."""
    sql = "SELECT upper(geometry_type_name) FROM gpkg_geometry_columns WHERE table_name = ?"
    try:
        with closing(sqlite3.connect(gpkg)) as connection:
            found = connection.execute(sql, (layer,)).fetchone()
    except sqlite3.Error as error:
        raise RefusedError("not_a_feature_file", f"not a GeoPackage: {error}") from error
    return found is not None and any(word in str(found[0]) for word in _CURVED)


def _only_layer(gpkg: Path, layer_id: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # reading says the same again, and is listened to
            layers = {str(name): kind for name, kind in pyogrio.list_layers(gpkg)}
    except DataSourceError as error:
        raise RefusedError("not_a_feature_file", f"not a GeoPackage: {error}") from error
    spatial = [name for name, kind in layers.items() if kind is not None]
    if layer_id in spatial:
        return layer_id
    if len(spatial) == 1:
        return spatial[0]
    if not spatial:
        raise RefusedError("not_a_feature_file", "the GeoPackage has no layer with geometry")
    raise RefusedError(
        "several_layers",
        f"the GeoPackage has {len(spatial)} layers ({named(spatial)}) and none is called "
        f"'{layer_id}': rename the wanted one, or export it alone",
    )


def _read_gdal(path: Path, layer: str | None, encoding: str | None) -> Source:
    """Read with GDAL; what it grumbles about becomes part of the report."""
    options: dict[str, Any] = {"layer": layer, "encoding": encoding}
    try:
        with warnings.catch_warnings(record=True) as grumbles:
            warnings.simplefilter("always")
            info = pyogrio.read_info(path, **options)
            frame = pyogrio.read_dataframe(path, datetime_as_string=True, **options)
    except (DataSourceError, DataLayerError, ValueError, shapely.errors.ShapelyError) as error:
        raise RefusedError("not_a_feature_file", f"cannot be read: {error}") from error
    if not isinstance(frame, gpd.GeoDataFrame):
        raise RefusedError("not_a_feature_file", "it is a table without geometry")
    notes = sorted({str(grumble.message) for grumble in grumbles})
    problems = [Problem("reader_note", "warning", 1, note) for note in notes]
    crs = info.get("crs")
    return Source(frame.set_crs(None, allow_override=True), crs, None, tuple(problems))


def _flat(source: Source) -> Source:
    """Without heights: the map is flat."""
    shapes = source.frame.geometry
    high = int(shapely.has_z(shapes.array).sum())
    if not high:
        return source
    frame = source.frame.set_geometry(shapely.force_2d(shapes.array))
    problem = Problem("z_dropped", "warning", high, "heights are not kept")
    return Source(frame, source.crs, source.encoding, (*source.problems, problem))
