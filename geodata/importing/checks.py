"""Checks of a layer's features; each kind of problem has a code that never changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.crs import METRIC
from geodata.importing.cells import is_blank
from geodata.importing.report import Problem, named

if TYPE_CHECKING:
    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.schema import GeometryKind, LayerSchema

#: Areas of a coverage that share more than this overlap, square metres.
OVERLAP_M2 = 1.0

_KINDS: dict[int, GeometryKind] = {
    0: "point",
    4: "point",
    1: "line",
    2: "line",
    5: "line",
    3: "area",
    6: "area",
}


def check_attributes(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[Problem]:
    """Codes present, right and unique; names and required fields present."""
    problems = []
    if "code" in frame.columns:
        problems += _check_codes(frame, schema)
    required = ["name", *(field.name for field in schema.fields if field.required)]
    for column in required:
        if column not in frame.columns:
            continue  # told as missing_field when columns were read
        blank = frame[column].map(is_blank).to_numpy(dtype=bool)
        code = "missing_name" if column == "name" else "missing_field"
        problems += _problem(code, "error", blank, frame, f"'{column}' is empty")
    return problems


def _check_codes(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[Problem]:
    codes = frame["code"]
    blank = codes.map(is_blank).to_numpy(dtype=bool)
    problems = _problem("missing_code", "error", blank, frame, "no code")
    right = codes.map(lambda code: _is_code(code, schema)).to_numpy(dtype=bool)
    lengths = " or ".join(str(length) for length in schema.code_digits)
    rule = f"a code has {lengths} digits" if lengths else "a code is text"
    problems += _problem("wrong_code", "error", ~right & ~blank, frame, rule)
    twice = codes.duplicated(keep=False).to_numpy(dtype=bool) & ~blank
    found = sorted({str(code) for code in codes[twice]})
    if found:
        detail = f"each code may stand once: {named(found)}"
        problems.append(Problem("duplicate_code", "error", len(found), detail))
    return problems


def _is_code(code: Any, schema: LayerSchema) -> bool:
    if not isinstance(code, str) or not schema.code_digits:
        return isinstance(code, str)
    return code.isascii() and code.isdigit() and len(code) in schema.code_digits


def check_geometries(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[Problem]:
    """Every feature has a geometry, of the right kind, and valid (``shapely.is_valid_reason``)."""
    shapes = np.asarray(frame.geometry.array, dtype=object)
    empty = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    problems = _problem("empty_geometry", "error", empty, frame, "no geometry")
    kinds = [_KINDS.get(int(kind)) for kind in shapely.get_type_id(shapes)]
    wrong = np.array([kind not in schema.geometry for kind in kinds], dtype=bool) & ~empty
    allowed = " or ".join(schema.geometry)
    problems += _problem(
        "wrong_geometry_kind", "error", wrong, frame, f"this layer takes {allowed}"
    )
    invalid = ~shapely.is_valid(shapes) & ~empty
    if invalid.any():
        reasons = [
            f"{label(frame, int(row))}: {shapely.is_valid_reason(shapes[row])}"
            for row in np.flatnonzero(invalid)
        ]
        problems.append(Problem("invalid_geometry", "error", len(reasons), named(reasons)))
    return problems


def check_overlaps(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[Problem]:
    """A warning for areas of a coverage that overlap. ``frame`` is in EPSG:4326, all valid."""
    if not schema.coverage or len(frame) < 2:
        return []
    shapes = np.asarray(frame.geometry.to_crs(METRIC).array, dtype=object)
    pairs = [
        f"{label(frame, one)} and {label(frame, other)} ({size:,.0f} m²)"
        for one, other, size in _overlapping(shapes)
    ]
    if not pairs:
        return []
    detail = f"areas overlap; a point there is counted for one of them: {named(pairs)}"
    return [Problem("overlap", "warning", len(pairs), detail)]


def _overlapping(shapes: NDArray[Any]) -> list[tuple[int, int, float]]:
    """(row, row, shared square metres), largest first."""
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = one < other
    one, other = one[once], other[once]
    size = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    order = [row for row in np.argsort(-size) if size[row] > OVERLAP_M2]
    return [(int(one[row]), int(other[row]), float(size[row])) for row in order]


def label(frame: gpd.GeoDataFrame, row: int) -> str:
    """How a feature is called in a report: its code, else its number in the file (from 1)."""
    code = frame["code"].iloc[row] if "code" in frame.columns else None
    return f"feature {row + 1}" if is_blank(code) else str(code)


def _problem(
    code: str, level: Any, hit: NDArray[np.bool_], frame: gpd.GeoDataFrame, what: str
) -> list[Problem]:
    rows = np.flatnonzero(hit)
    if not len(rows):
        return []
    detail = f"{what}: {named([label(frame, int(row)) for row in rows])}"
    return [Problem(code, level, len(rows), detail)]
