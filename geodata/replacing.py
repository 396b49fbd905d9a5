"""Replacing a file whole or not at all: filled under another name, then put in its place."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from geodata.errors import AtlasUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDECARS = ("-journal", "-wal", "-shm")

#: A temporary file older than this (seconds) was left by a program that was killed.
_STALE_S = 3_600.0


@contextmanager
def temporary(path: Path) -> Iterator[Path]:
    """A name in the folder of ``path`` (made if need be); what is left there in the end is removed.

    Raises:
        AtlasUnavailableError: the folder cannot be written.
    """
    path = path.resolve()
    temp = path.with_name(f".{path.stem}-{uuid.uuid4().hex}.gpkg")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        try:
            yield temp
        finally:
            for leftover in (temp, *(Path(f"{temp}{suffix}") for suffix in _SIDECARS)):
                leftover.unlink(missing_ok=True)
    except OSError as error:
        raise AtlasUnavailableError(f"{path}: cannot be written: {error}") from error


def _sweep(path: Path) -> None:
    """Remove what killed programs left beside the file."""
    for left in path.parent.glob(f".{path.stem}-*.gpkg*"):
        if time.time() - left.stat().st_mtime > _STALE_S:
            left.unlink(missing_ok=True)


def to_disk(temp: Path) -> None:
    """So that a power cut after the replacement cannot leave an empty file."""
    with temp.open("r+b") as file:
        os.fsync(file.fileno())
