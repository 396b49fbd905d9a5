"""A private copy of a file and its companions: what is imported is never touched.

Copies get plain names, because GDAL and its wrappers stumble over some (``!``,
``:``, names in GBK inside a zip), and may be repaired, because they are copies.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from geodata.importing.report import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The companions of a .shp that matter.
SIDECARS = frozenset({".shp", ".dbf", ".shx", ".prj", ".cpg"})

#: A zip that unpacks to more than this is refused.
MAX_UNPACKED = 2 * 1024**3


@contextmanager
def staged(file: Path) -> Iterator[Path]:
    """A copy of ``file`` (of the .shp inside, when it is a zip) in a folder of its own.

    Raises:
        RefusedError: missing, unreadable, or a zip without exactly one shapefile.
    """
    if not file.is_file():
        raise RefusedError("no_file", f"{file}: there is no such file")
    with tempfile.TemporaryDirectory(prefix="onemap-import-") as folder:
        try:
            yield _copy(file, Path(folder))
        except OSError as error:
            raise RefusedError("unreadable", f"{file}: {error.strerror or error}") from error


def _copy(file: Path, folder: Path) -> Path:
    suffix = file.suffix.lower()
    if suffix == ".zip":
        return _unzip(file, folder)
    target = folder / f"source{suffix}"
    if suffix != ".shp":
        shutil.copyfile(file, target)
        log = Path(f"{file}-wal")  # what another program has written but not folded in yet
        if log.is_file():
            shutil.copyfile(log, f"{target}-wal")
        return target
    for companion in file.parent.iterdir():
        kind = companion.suffix.lower()
        if companion.stem == file.stem and kind in SIDECARS:
            shutil.copyfile(companion, folder / f"source{kind}")
    return target


def _unzip(file: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(file) as archive:
            members = [m for m in archive.infolist() if _kind(m) in SIDECARS]
            shapes = [m for m in members if _kind(m) == ".shp"]
            if len(shapes) != 1:
                names = ", ".join(m.filename for m in shapes) or "none"
                raise RefusedError(
                    "not_a_feature_file", f"{file.name}: exactly one .shp is wanted, it has {names}"
                )
            stem = PurePosixPath(shapes[0].filename).with_suffix("")
            family = [m for m in members if PurePosixPath(m.filename).with_suffix("") == stem]
            if sum(m.file_size for m in family) > MAX_UNPACKED:
                raise RefusedError("too_large", f"{file.name}: unpacks to more than 2 GiB")
            for member in family:
                with archive.open(member) as packed, _target(folder, member).open("wb") as target:
                    shutil.copyfileobj(packed, target)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        # RuntimeError is what zipfile raises for a password.
        raise RefusedError("not_a_feature_file", f"{file.name}: {error}") from error
    return folder / "source.shp"


def _kind(member: zipfile.ZipInfo) -> str:
    path = PurePosixPath(member.filename)
    return "" if path.name.startswith("._") else path.suffix.lower()  # "._": macOS's own


def _target(folder: Path, member: zipfile.ZipInfo) -> Path:
    return folder / f"source{_kind(member)}"
