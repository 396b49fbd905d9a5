"""SQLite files that other programs may have open: read carefully, errors that name the cause."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from geodata.errors import AtlasUnavailableError

#: How long a reader waits for a program that is just saving (QGIS), in seconds.
LOCK_WAIT_S = 2.0


def missing(path: Path) -> AtlasUnavailableError:
    """There is no file; says how to make one."""
    return AtlasUnavailableError(
        f"{path}: no GeoPackage there; make one with `onemap demo` (sample data) "
        "or `onemap import LAYER FILE` (your own)"
    )


def damaged(path: Path, detail: object) -> AtlasUnavailableError:
    """The file is not what it should be; ``detail`` says how that was seen."""
    seen = " ".join(str(detail).split())  # one line, whatever SQLite says
    return AtlasUnavailableError(
        f"{path}: damaged or not a GeoPackage ({seen}); it was left untouched: "
        "put a sound copy in its place, or move it away and import again"
    )


def locked(path: Path) -> AtlasUnavailableError:
    """Another program is saving, or has unsaved changes."""
    return AtlasUnavailableError(
        f"{path}: locked by another program (QGIS?); save and close it there, then try again"
    )


def wal_mode_at_rest(path: Path) -> bool:
    """Whether a last writer left the file in WAL mode, with nothing beside it.

    Bytes 18 and 19 of the header are 2 then (https://www.sqlite.org/fileformat.html).
    Opened as usual, such a file gets a ``-wal`` and a ``-shm``, even by a reader.
    """
    with path.open("rb") as file:
        header = file.read(20)
    return header[18:20] == b"\x02\x02" and not Path(f"{path}-wal").exists()


def connect(path: Path) -> sqlite3.Connection:
    """Open to read only, leaving nothing beside the file.

    Raises:
        AtlasUnavailableError: missing, or it cannot be opened.
    """
    if not path.is_file():
        raise missing(path)
    try:
        extra = "&immutable=1" if wal_mode_at_rest(path) else ""
        uri = f"{path.resolve().as_uri()}?mode=ro{extra}"
        return sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S)
    except (OSError, sqlite3.Error) as error:
        raise AtlasUnavailableError(f"{path}: cannot be opened: {error}") from error


def ask(
    path: Path, connection: sqlite3.Connection, sql: str, parameters: tuple[str, ...] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a query on the connection to ``path``.

    Raises:
        AtlasUnavailableError: locked, damaged, or left half saved by another program.
    """
    try:
        return connection.execute(sql, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise locked(path) from error
        if Path(f"{path}-journal").exists():
            raise AtlasUnavailableError(
                f"{path}: another program was interrupted while saving (a -journal lies beside "
                "it); open and close the file there (QGIS) to finish, then try again"
            ) from error
        raise damaged(path, error) from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from error


def refuse_unfinished(path: Path) -> None:
    """While another program has unsaved changes, replacing the file would spoil both states.

    SQLite would play a log that lies beside the old file into the new one.

    Raises:
        AtlasUnavailableError: there are such changes.
    """
    if any(Path(f"{path}{suffix}").exists() for suffix in ("-wal", "-journal")):
        raise locked(path)
    if not path.is_file() or wal_mode_at_rest(path):
        return
    uri = f"{path.resolve().as_uri()}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
            raise locked(path) from error
        # Damaged or read-only: neither keeps a new state from taking its place.
