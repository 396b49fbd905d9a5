"""The GeoPackage of areas and places: written whole or not at all, read without leaving a trace.

Every write goes to a temporary file in the same folder, which then takes the
place of the old one (``os.replace``): a reader sees the old state or the new
one, never half of either. Files are kept in SQLite's rollback mode, so nothing
(``-wal``, ``-shm``, ``-journal``) stays beside them.
"""

from __future__ import annotations

import shutil
from contextlib import closing
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pyogrio

from geodata.crs import WGS84
from geodata.errors import AtlasUnavailableError
from geodata.replacing import temporary, to_disk
from geodata.sqlite_file import ask, connect, damaged, missing, refuse_unfinished, wal_mode_at_rest

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping
    from pathlib import Path

#: Tables without geometry, beside the layers.
AGENCIES = "agencies"
META = "onemap_meta"

AGENCY_COLUMNS = ("code", "town", "name", "head", "phone")

#: Rows that are read at once.
_PART = 4_000

#: How often a replacement starts again when somebody else published meanwhile.
ATTEMPTS = 3


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


def prove_writable(path: Path) -> None:
    """Find out before long work whether a state could be published at ``path``.

    Raises:
        AtlasUnavailableError: the file is open in another program, or its folder
            cannot be written.
    """
    refuse_unfinished(path)
    with temporary(path) as temp:
        temp.touch()


def stamp(path: Path) -> str:
    """Which state is published at ``path``: changes with every publication.

    Raises:
        AtlasUnavailableError: there is no file.
    """
    try:
        facts = path.stat()
    except OSError as error:
        raise missing(path) from error
    return f"{facts.st_mtime_ns:x}-{facts.st_size:x}-{facts.st_ino:x}"


def check(path: Path) -> None:
    """Prove that a whole, readable GeoPackage is there.

    Raises:
        AtlasUnavailableError: missing, locked, damaged or something else than a GeoPackage.
    """
    with closing(connect(path)) as connection:
        ask(path, connection, "SELECT count(*) FROM sqlite_master")
        tables = ask(path, connection, "SELECT name FROM sqlite_master WHERE type = 'table'")
        if ("gpkg_contents",) not in tables:
            raise AtlasUnavailableError(
                f"{path}: not a GeoPackage (it has no table gpkg_contents); it was left untouched"
            )
        verdict = ask(path, connection, "PRAGMA quick_check(1)")[0][0]
        if verdict != "ok":
            raise damaged(path, verdict)


def layer_ids(path: Path) -> list[str]:
    """The ids of the layers with geometry, in the file's order.

    Raises:
        AtlasUnavailableError: as ``check``.
    """
    check(path)
    with closing(connect(path)) as connection:
        sql = "SELECT table_name FROM gpkg_contents WHERE data_type = 'features' ORDER BY rowid"
        return [name for (name,) in ask(path, connection, sql)]


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
    with closing(connect(path)) as connection:
        found = ask(path, connection, "SELECT name FROM sqlite_master WHERE name = ?", (AGENCIES,))
    frame = _read(path, AGENCIES) if found else no_agencies()
    return (
        frame.reindex(columns=list(AGENCY_COLUMNS)).astype(object).where(lambda f: f.notna(), None)
    )


def no_agencies() -> pd.DataFrame:
    """A table of agencies with nothing in it."""
    return pd.DataFrame(columns=list(AGENCY_COLUMNS), dtype=object)


def read_meta(path: Path) -> dict[str, str]:
    """What the file says of itself: the table ``onemap_meta``; empty when it has none."""
    with closing(connect(path)) as connection:
        if not ask(path, connection, "SELECT name FROM sqlite_master WHERE name = ?", (META,)):
            return {}
        return dict(ask(path, connection, f"SELECT key, value FROM {META}"))  # noqa: S608 - ours


def _read(path: Path, table: str) -> pd.DataFrame:
    if not path.is_file():
        raise missing(path)
    with closing(connect(path)) as connection:
        # GDAL reads past a lock, and so perhaps half of what is being saved.
        ask(path, connection, "SELECT count(*) FROM sqlite_master")
        parts = _parts(path, connection, table)
    options = {"IMMUTABLE": "YES"} if wal_mode_at_rest(path) else {}
    try:
        frames = [
            pyogrio.read_dataframe(path, layer=table, where=part, **options) for part in parts
        ]
        frame = frames[0] if len(frames) == 1 else _joined(frames)
    except pyogrio.errors.DataSourceError as error:
        check(path)  # names a lock or a damage better than GDAL does
        raise damaged(path, error) from error
    except (pyogrio.errors.DataLayerError, ValueError) as error:
        raise AtlasUnavailableError(f"{path}: layer '{table}' cannot be read: {error}") from error
    return frame


def _joined(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """One frame; a text that is empty all through one part is a text all the same."""
    whole: pd.DataFrame = pd.concat(frames, ignore_index=True)
    for column in whole.columns:
        kinds = {frame[column].dtype for frame in frames}
        texts = [kind for kind in kinds if isinstance(kind, pd.StringDtype)]
        if texts and len(kinds) > 1:
            whole[column] = whole[column].astype(texts[0])
    return whole


def _parts(path: Path, connection: sqlite3.Connection, table: str) -> list[str | None]:
    """Conditions that choose the rows of a large table part by part; [None] for all at once.

    While GDAL reads, no other thread of this program runs: with 100 000 components that
    would be most of a second in which no browser is told anything.
    """
    name = '"' + table.replace('"', '""') + '"'
    columns = ask(path, connection, f"PRAGMA table_info({name})")
    keys = ['"' + column[1].replace('"', '""') + '"' for column in columns if column[5]]
    if len(keys) != 1:  # a view
        return [None]
    numbered = f"SELECT {keys[0]} AS key, row_number() OVER (ORDER BY {keys[0]}) AS n FROM {name}"  # noqa: S608 - quoted
    starts = [
        key
        for (key,) in ask(path, connection, f"SELECT key FROM ({numbered}) WHERE n % {_PART} = 1")  # noqa: S608 - the same
    ]
    if len(starts) < 2 or not all(isinstance(key, int) for key in starts):
        return [None]
    return [
        f"{keys[0]} >= {first}" + ("" if last is None else f" AND {keys[0]} < {last}")
        for first, last in zip(starts, [*starts[1:], None], strict=True)
    ]


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
    refuse_unfinished(path)
    with temporary(path) as temp:
        try:
            write(temp)
        except (OSError, pyogrio.errors.DataSourceError) as error:
            raise AtlasUnavailableError(f"{path}: cannot be written: {error}") from error
        if expected is not None and stamp(path) != expected:
            return False
        refuse_unfinished(path)
        to_disk(temp)
        # A link stays a link: what it points to is what is replaced.
        temp.replace(path.resolve())
    return True
