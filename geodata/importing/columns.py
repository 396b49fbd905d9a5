"""From a file's columns to the layer's: by name, or as ``--map`` says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.importing.cells import CONVERTERS, is_blank, to_code
from geodata.importing.report import Problem, named

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geodata.schema import LayerSchema

_DTYPES: Mapping[str, Any] = {"integer": pd.Int64Dtype(), "number": np.dtype("float64")}


def conform(
    frame: gpd.GeoDataFrame, schema: LayerSchema, mapping: Mapping[str, str]
) -> tuple[gpd.GeoDataFrame, list[Problem]]:
    """The frame with the layer's columns and no others: ``code``, ``name``, its fields.

    mapping: field -> column of the file; fields that it does not name are taken from
        the column of the same name, whatever its case.
    """
    sources, problems = _sources(frame, schema, mapping)
    kinds = {field.name: field.kind for field in schema.fields}
    columns: dict[str, Any] = {}
    for field, column in sources.items():
        convert = to_code if field == "code" else CONVERTERS[kinds.get(field, "text")]
        cells, bad = _convert(frame[column], convert)
        dtype = _DTYPES.get(kinds.get(field, "text"), np.dtype("object"))
        columns[field] = _series(cells).astype(dtype)
        if bad:
            problems.append(_bad_cells(column, bad))
    made = gpd.GeoDataFrame(columns, geometry=np.asarray(frame.geometry.array), crs=None)
    return made, problems + _unused(frame, sources)


def _sources(
    frame: gpd.GeoDataFrame, schema: LayerSchema, mapping: Mapping[str, str]
) -> tuple[dict[str, str], list[Problem]]:
    """Field -> column, and what is wrong with it."""
    there = [str(column) for column in frame.columns if column != frame.geometry.name]
    fields = ["code", "name", *(field.name for field in schema.fields)]
    required = {"code", "name", *(field.name for field in schema.fields if field.required)}
    problems = [
        Problem(
            "unknown_field",
            "error",
            1,
            f"--map {field}=…: layer '{schema.id}' has no such field; choose {', '.join(fields)}",
        )
        for field in mapping
        if field not in fields
    ]
    sources: dict[str, str] = {}
    for field in fields:
        column = mapping.get(field) or _same_name(field, there)
        if column in there and column is not None:
            sources[field] = column
        elif field in mapping:
            wanted = f"--map {field}={mapping[field]}"
            detail = f"{wanted}: the file has no such column; it has {_list(there)}"
            problems.append(Problem("unknown_column", "error", 1, detail))
        elif field in required:
            way_out = f"name one by --map {field}=COLUMN"
            detail = f"no column '{field}': {way_out}; the file has {_list(there)}"
            problems.append(Problem("missing_field", "error", len(frame), detail))
    return sources, problems


def _same_name(field: str, there: list[str]) -> str | None:
    if field in there:
        return field
    alike = [column for column in there if column.lower() == field]
    return alike[0] if len(alike) == 1 else None


def _list(there: list[str]) -> str:
    return ", ".join(there) if there else "no columns at all"


def _convert(column: pd.Series[Any], convert: Callable[[Any], Any]) -> tuple[list[Any], list[str]]:
    cells: list[Any] = []
    bad = []
    for value in column:
        try:
            cells.append(convert(value))
        except (ValueError, OverflowError) as error:
            cells.append(None)
            bad.append(str(error))
    return cells, bad


def _series(cells: list[Any]) -> pd.Series[Any]:
    """The cells as they are: pandas would make floats of codes that stand beside a None."""
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return pd.Series(array, dtype=object)


def _bad_cells(column: str, bad: list[str]) -> Problem:
    detail = f"column '{column}': {named(bad)}; these cells stay empty"
    return Problem("bad_value", "warning", len(bad), detail)


def _unused(frame: gpd.GeoDataFrame, sources: dict[str, str]) -> list[Problem]:
    used = {*sources.values(), frame.geometry.name}
    left = [
        str(column)
        for column in frame.columns
        if column not in used and not all(is_blank(value) for value in frame[column])
    ]
    if not left:
        return []
    detail = f"not taken: {', '.join(left)}; to take one, give --map FIELD=COLUMN"
    return [Problem("columns_not_used", "warning", len(left), detail)]
