"""The whole picture as one binary message; the format is described in ``docs/live.md``."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

import msgspec

from app.clock import iso

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.live.columns import LiveColumns
    from iot.catalogue import Catalogue

MAGIC = b"OM01"
#: Every column begins on such a boundary, so that a browser can lay a typed array over it.
ALIGN = 8

#: Order of the columns and their types, little-endian.
COLUMNS = (
    ("lon", "f64"),
    ("lat", "f64"),
    ("heard", "f64"),
    ("class", "u16"),
    ("town", "u16"),
    ("community", "u16"),
    ("grid", "u16"),
    ("enforcement_area", "u16"),
    ("gateway", "u16"),
    ("level", "u8"),
    ("presence", "u8"),
    ("code", "bytes"),
)

#: Legend in the header <- indexed column.
LEGENDS = {
    "towns": "town",
    "communities": "community",
    "grids": "grid",
    "enforcement_areas": "enforcement_area",
    "gateways": "gateway",
}


def encode_snapshot(
    columns: LiveColumns, catalogue: Catalogue, *, epoch: str, seq: int, at: int
) -> bytes:
    """The picture as of event ``{epoch}-{seq}``, ``at`` in epoch milliseconds UTC."""
    body, described = _body(columns)
    standing = columns.standing
    header = msgspec.json.encode(
        {
            "epoch": epoch,
            "seq": seq,
            "at": iso(at),
            "count": len(standing.codes),
            "columns": described,
            "classes": [_class(catalogue, code) for code in standing.legends["class"]],
            **{name: standing.legends[column] for name, column in LEGENDS.items()},
            "atlas": standing.version,
            "sample": standing.sample,
        }
    )
    fore = len(MAGIC) + 4
    header += b" " * (-(fore + len(header)) % ALIGN)
    return b"".join((MAGIC, struct.pack("<I", len(header)), header, *body))


def _body(columns: LiveColumns) -> tuple[list[bytes], list[dict[str, Any]]]:
    parts: list[bytes] = []
    described: list[dict[str, Any]] = []
    offset = 0
    for name, kind in COLUMNS:
        data = _array(columns, name).tobytes()
        described.append({"name": name, "type": kind, "offset": offset, "length": len(data)})
        padding = -len(data) % ALIGN
        parts += [data, b"\0" * padding]
        offset += len(data) + padding
    return parts, described


def _array(columns: LiveColumns, name: str) -> NDArray[np.generic]:
    if name == "heard":
        return columns.heard.astype("<f8", copy=False)
    if name == "level":
        return columns.level
    if name == "presence":
        return columns.presence
    return columns.standing.columns[name]


def _class(catalogue: Catalogue, code: str) -> dict[str, Any]:
    """A class of the atlas that the catalogue does not know keeps its code for a name."""
    known = catalogue.classes.get(code)
    if known is None:
        return {"code": code, "name_zh": code, "name_en": code, "icon": "dot", "interval_s": None}
    return {
        "code": code,
        "name_zh": known.name_zh,
        "name_en": known.name_en,
        "icon": known.icon,
        "interval_s": known.interval_s,
    }
