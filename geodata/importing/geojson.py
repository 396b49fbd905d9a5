"""GeoJSON read strictly: GDAL opens nearly anything that is called GeoJSON, right or wrong.

Numbers stay exact (a code of 17 digits is no float), and what is malformed is named.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.importing.dbf import GUESSES, lookup
from geodata.importing.report import Problem, RefusedError, named
from geodata.importing.source import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_GEOMETRIES = frozenset(
    {
        "Point",
        "MultiPoint",
        "LineString",
        "MultiLineString",
        "Polygon",
        "MultiPolygon",
        "GeometryCollection",
    }
)


def read_geojson(path: Path, encoding: str | None) -> Source:
    """Read a FeatureCollection, a Feature or a bare geometry.

    Raises:
        RefusedError: not JSON, not GeoJSON, or not in the named encoding.
    """
    text, found, problems = _decode(path.read_bytes(), encoding)
    document = _parse(text)
    features = list(_features(document))
    problems += _malformed(features)
    geometries = [feature.get("geometry") for feature in features]
    shapes = shapely.from_geojson(
        [json.dumps(each) if _is_geometry(each) else None for each in geometries],
        on_invalid="ignore",
    )
    problems += _unreadable(geometries, shapes)
    frame = gpd.GeoDataFrame(_attributes(features), geometry=shapes)
    return Source(frame, _crs_name(document), found, tuple(problems))


def _decode(raw: bytes, encoding: str | None) -> tuple[str, str, list[Problem]]:
    codec = lookup(encoding) if encoding else None
    if encoding and codec is None:
        raise RefusedError("unknown_encoding", f"'{encoding}' is no known encoding")
    for guess in (codec,) if codec else GUESSES:
        try:
            text = raw.decode(guess)
        except UnicodeDecodeError:
            continue
        problems = []
        if codec is None and guess != GUESSES[0]:
            detail = f"not UTF-8, as GeoJSON must be; read as {guess}: look at the names"
            problems.append(Problem("encoding_guessed", "warning", 1, detail))
        return text.removeprefix("\ufeff"), guess, problems
    tried = encoding or " or ".join(GUESSES)
    raise RefusedError("wrong_encoding", f"the file is not {tried}")


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError("not_a_feature_file", f"not JSON: {error}") from error
    if not isinstance(document, dict):
        raise RefusedError("not_a_feature_file", "not GeoJSON: the top is no object")
    return document


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _features(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = document.get("type")
    if kind == "FeatureCollection":
        features = document.get("features")
        if not isinstance(features, list):
            raise RefusedError("not_a_feature_file", "the FeatureCollection has no list 'features'")
        for feature in features:
            yield feature if isinstance(feature, dict) else {"type": None}
    elif kind == "Feature":
        yield document
    elif kind in _GEOMETRIES:
        yield {"type": "Feature", "properties": {}, "geometry": document}
    else:
        raise RefusedError("not_a_feature_file", f"not GeoJSON: 'type' is {json.dumps(kind)[:60]}")


def _malformed(features: list[dict[str, Any]]) -> list[Problem]:
    wrong = []
    for number, feature in enumerate(features, start=1):
        if feature.get("type") != "Feature":
            wrong.append(f"feature {number} has no type 'Feature'")
        elif not isinstance(feature.get("properties"), dict | None):
            wrong.append(f"feature {number}: 'properties' is no object")
    return [Problem("invalid_feature", "error", len(wrong), named(wrong))] if wrong else []


def _unreadable(geometries: list[Any], shapes: Any) -> list[Problem]:
    wrong = [
        f"feature {number}"
        for number, (given, shape) in enumerate(zip(geometries, shapes, strict=True), start=1)
        if given is not None and shape is None
    ]
    if not wrong:
        return []
    detail = f"the geometry cannot be read: {named(wrong)}"
    return [Problem("invalid_geometry", "error", len(wrong), detail)]


def _is_geometry(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") in _GEOMETRIES


def _attributes(features: list[dict[str, Any]]) -> pd.DataFrame:
    rows = [
        properties if isinstance(properties := feature.get("properties"), dict) else {}
        for feature in features
    ]
    names = dict.fromkeys(name for row in rows for name in row if name != "geometry")
    columns = {}
    for name in names:
        cells = np.empty(len(rows), dtype=object)
        cells[:] = [row.get(name) for row in rows]
        columns[name] = pd.Series(cells, dtype=object)
    return pd.DataFrame(columns, index=range(len(rows)))


def _crs_name(document: dict[str, Any]) -> str | None:
    """The old ``crs`` member: a name, or what stands there, so that it can be refused by name."""
    member = document.get("crs")
    if member is None:
        return None
    name = (member.get("properties") or {}).get("name") if isinstance(member, dict) else None
    return name if isinstance(name, str) else json.dumps(member)[:100]
