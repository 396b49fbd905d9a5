"""The GeoPackage of areas and places: written whole or not at all, read without leaving a trace.

Every write goes to a temporary file in the same folder, which then takes the
place of the old one (``os.replace``): a reader sees the old state or the new
one, never half of either. Files are kept in SQLite's rollback mode, so nothing
(``-wal``, ``-shm``, ``-journal``) stays beside them.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import uuid
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
import pyogrio

from geodata.crs import WGS84
from geodata.errors import AtlasUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

#: Tables without geometry, beside the layers.
AGENCIES = "agencies"
META = "onemap_meta"

AGENCY_COLUMNS = ("code", "town", "name", "head", "phone")

#: How long a reader waits for a program that is just saving (QGIS), in seconds.
LOCK_WAIT_S = 2.0

#: How often a replacement starts again when somebody else published meanwhile.
ATTEMPTS = 3

_SIDECARS = ("-journal", "-wal", "-shm")


def write_state(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    *,
    agencies: pd.DataFrame | None = None,
    meta: Mapping[str, str] | None = None,
) -> None:
    """Publish a whole state, replacing what was at ``path``.

    layers: id -> frame in any known CRS (kept as EPSG:4326), in the order in
        which programs shall list them.
    agencies: columns code, town, name, head, phone.
    meta: texts kept in the table ``onemap_meta``.

    Raises:
        AtlasUnavailableError: the file is open in another program, or its folder
            cannot be written; what was there before is untouched.
    """

    def write(temp: Path) -> None:
        for layer_id, frame in layers.items():
            _write_layer(temp, layer_id, frame)
        _write_table(temp, AGENCIES, no_agencies() if agencies is None else agencies)
        _write_meta(temp, meta or {})

    _publish(path, write)


def replace_layer(
    path: Path,
    layer_id: str,
    frame: gpd.GeoDataFrame,
    *,
    meta: Mapping[str, str] | None = None,
) -> None:
    """Publish a new state in which one layer is replaced (or added), all else as it was.

    The file is made when there is none. ``meta`` adds to what the file says of itself.

    Raises:
        AtlasUnavailableError: the file is damaged, open in another program, or its
            folder cannot be written; what was there before is untouched.
    """
    for _ in range(ATTEMPTS):
        if not path.exists():
            write_state(path, {layer_id: frame}, meta=meta)
            return
        check(path)
        before = stamp(path)

        def write(temp: Path) -> None:
            shutil.copyfile(path, temp)
            _write_layer(temp, layer_id, frame)
            if meta:
                _write_meta(temp, read_meta(temp) | dict(meta))

        if _publish(path, write, expected=before):
            return
    raise AtlasUnavailableError(f"{path}: others keep publishing to it; try again")


def stamp(path: Path) -> str:
    """Which state is published at ``path``: changes with every publication.

    Raises:
        AtlasUnavailableError: there is no file.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise _missing(path) from error
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}"


def check(path: Path) -> None:
    """Prove that a whole, readable GeoPackage is there.

    Raises:
        AtlasUnavailableError: missing, locked, damaged or something else than a GeoPackage.
    """
    with closing(_connect(path)) as connection:
        _ask(path, connection, "SELECT count(*) FROM sqlite_master")
        tables = _ask(path, connection, "SELECT name FROM sqlite_master WHERE type = 'table'")
        if ("gpkg_contents",) not in tables:
            raise AtlasUnavailableError(
                f"{path}: not a GeoPackage (it has no table gpkg_contents); it was left untouched"
            )
        verdict = _ask(path, connection, "PRAGMA quick_check(1)")[0][0]
        if verdict != "ok":
            raise _damaged(path, verdict)


def layer_ids(path: Path) -> list[str]:
    """The ids of the layers with geometry, in the file's order.

    Raises:
        AtlasUnavailableError: as ``check``.
    """
    check(path)
    with closing(_connect(path)) as connection:
        sql = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid"
        return [name for (name,) in _ask(path, connection, sql)]


def read_layer(path: Path, layer_id: str) -> gpd.GeoDataFrame:
    """One layer in EPSG:4326, columns as in the file.

    Raises:
        AtlasUnavailableError: as ``check``; or the layer is not there or has no CRS.
    """
    frame = _read(path, layer_id)
    if not isinstance(frame, gpd.GeoDataFrame):
        raise AtlasUnavailableError(f"{path}: layer '{layer_id}' has no geometry")
    if frame.crs is None:
        raise AtlasUnavailableError(f"{path}: layer '{layer_id}' has no coordinate system")
    return frame.to_crs(WGS84)


def read_agencies(path: Path) -> pd.DataFrame:
    """The agencies of the towns: columns code, town, name, head, phone (text, None)."""
    with closing(_connect(path)) as connection:
        found = _ask(path, connection, "SELECT name FROM sqlite_master WHERE name = ?", (AGENCIES,))
    frame = _read(path, AGENCIES) if found else no_agencies()
    return (
        frame.reindex(columns=list(AGENCY_COLUMNS)).astype(object).where(lambda f: f.notna(), None)
    )


def no_agencies() -> pd.DataFrame:
    """A table of agencies with nothing in it."""
    return pd.DataFrame(columns=list(AGENCY_COLUMNS), dtype=object)


def read_meta(path: Path) -> dict[str, str]:
    """What the file says of itself: the table ``onemap_meta``; empty when it has none."""
    with closing(_connect(path)) as connection:
        if not _ask(path, connection, "SELECT name FROM sqlite_master WHERE name = ?", (META,)):
            return {}
        return dict(_ask(path, connection, f"SELECT key, value FROM {META}"))  # noqa: S608 - ours


def _missing(path: Path) -> AtlasUnavailableError:
    return AtlasUnavailableError(
        f"{path}: no GeoPackage there; make one with `onemap demo` (sample data) "
        "or `onemap import LAYER FILE` (your own)"
    )


def _damaged(path: Path, detail: object) -> AtlasUnavailableError:
    return AtlasUnavailableError(
        f"{path}: damaged or not a GeoPackage ({detail}); it was left untouched: "
        "put a sound copy in its place, or move it away and import again"
    )


def _locked(path: Path) -> AtlasUnavailableError:
    return AtlasUnavailableError(
        f"{path}: locked by another program (QGIS?); save and close it there, then try again"
    )


def _wal_mode_at_rest(path: Path) -> bool:
    """Whether a last writer left the file in WAL mode, with nothing beside it.

    Bytes 18 and 19 of the header are 2 then (https://www.sqlite.org/fileformat.html).
    Opened as usual, such a file gets a ``-wal`` and a ``-shm``, even by a reader.
    """
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02" and not Path(f"{path}-wal").exists()


def _connect(path: Path) -> sqlite3.Connection:
    if not path.is_file():
        raise _missing(path)
    try:
        extra = "&immutable=1" if _wal_mode_at_rest(path) else ""
        uri = f"{path.resolve().as_uri()}?mode=ro{extra}"
        return sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S)
    except (OSError, sqlite3.Error) as error:
        raise AtlasUnavailableError(f"{path}: cannot be opened: {error}") from error


def _ask(
    path: Path, connection: sqlite3.Connection, sql: str, parameters: tuple[str, ...] = ()
) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(sql, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise _locked(path) from error
        if Path(f"{path}-journal").exists():
            raise AtlasUnavailableError(
                f"{path}: another program was interrupted while saving (a -journal lies beside "
                "it); open and close the file there (QGIS) to finish, then try again"
            ) from error
        raise _damaged(path, error) from error
    except sqlite3.DatabaseError as error:
        raise _damaged(path, error) from error


def _read(path: Path, table: str) -> pd.DataFrame:
    if not path.is_file():
        raise _missing(path)
    with closing(_connect(path)) as connection:
        # GDAL reads past a lock, and so perhaps half of what is being saved.
        _ask(path, connection, "SELECT count(*) FROM sqlite_master")
    options = {"IMMUTABLE": "YES"} if _wal_mode_at_rest(path) else {}
    try:
        frame: pd.DataFrame = pyogrio.read_dataframe(path, layer=table, **options)
    except pyogrio.errors.DataSourceError as error:
        check(path)  # names a lock or a damage better than GDAL does
        raise _damaged(path, error) from error
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        raise AtlasUnavailableError(f"{path}: layer '{table}' cannot be read: {error}") from error
    return frame


def _geometry_type(frame: gpd.GeoDataFrame) -> str:
    """The narrowest type that holds every geometry, so that QGIS styles and edits it as such."""
    kinds = set(frame.geometry.geom_type.dropna())
    if len(kinds) == 1:
        return str(kinds.pop())
    for kind in ("Polygon", "LineString", "Point"):
        if kinds and kinds <= {kind, f"Multi{kind}"}:
            return f"Multi{kind}"
    return "Unknown"


def _write_layer(temp: Path, layer_id: str, frame: gpd.GeoDataFrame) -> None:
    if frame.crs is None:
        raise AtlasUnavailableError(f"layer '{layer_id}' has no coordinate system")
    kind = _geometry_type(frame)
    pyogrio.write_dataframe(
        frame.to_crs(WGS84),
        temp,
        layer=layer_id,
        driver="GPKG",
        geometry_type=kind,
        promote_to_multi=kind.startswith("Multi"),
    )


def _write_table(temp: Path, name: str, table: pd.DataFrame) -> None:
    pyogrio.write_dataframe(table.astype(object), temp, layer=name, driver="GPKG")


def _write_meta(temp: Path, meta: Mapping[str, str]) -> None:
    rows = pd.DataFrame(sorted(meta.items()), columns=["key", "value"])
    _write_table(temp, META, rows)


def _publish(path: Path, write: Callable[[Path], None], expected: str | None = None) -> bool:
    """Let ``write`` fill a temporary file and put it in place.

    False, and nothing done, when ``expected`` is no longer the published state.
    """
    _refuse_unfinished(path)
    with _temporary(path) as temp:
        try:
            write(temp)
        except (OSError, pyogrio.errors.DataSourceError) as error:
            raise AtlasUnavailableError(f"{path}: cannot be written: {error}") from error
        if expected is not None and stamp(path) != expected:
            return False
        _refuse_unfinished(path)
        _to_disk(temp)
        # A link stays a link: what it points to is what is replaced.
        temp.replace(path.resolve())
    return True


def _refuse_unfinished(path: Path) -> None:
    """While another program has unsaved changes, replacing the file would spoil both states.

    SQLite would play a log that lies beside the old file into the new one.
    """
    if any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal")):
        raise _locked(path)
    if not path.is_file() or _wal_mode_at_rest(path):
        return
    uri = f"{path.resolve().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise _locked(path) from error
        # Damaged or read-only: neither keeps a new state from taking its place.


@contextmanager
def _temporary(path: Path) -> Iterator[Path]:
    path = path.resolve()
    temp = path.with_name(f".{path.stem}-{uuid.uuid4().hex}.gpkg")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temp
    except OSError as error:
        raise AtlasUnavailableError(f"{path}: cannot be written: {error}") from error
    finally:
        for leftover in (temp, *(Path(f"{temp}{suffix}") for suffix in _SIDECARS)):
            leftover.unlink(missing_ok=True)


def _to_disk(temp: Path) -> None:
    """So that a power cut after the replacement cannot leave an empty file."""
    with temp.open("r+b") as file:
        os.fsync(file.fileno())
