"""Layers made complete: text codes as index, every column of the contract, derived areas."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geodata.attributes import AREA_COLUMNS, ATTRIBUTES, LAYER_IDS, derived_columns
from geodata.crs import WGS84
from geodata.errors import AtlasUnavailableError
from geodata.places import AreaIndex, standing_points

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def complete_layers(
    path: Path, frames: Mapping[str, gpd.GeoDataFrame]
) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of the contract (and what else there is), as the atlas promises them.

    Raises:
        AtlasUnavailableError: a layer has no ``code``, an empty one or one twice.
    """
    names = [*LAYER_IDS, *(layer for layer in frames if layer not in LAYER_IDS)]
    layers = {name: _complete(path, name, frames.get(name)) for name in names}
    indexes = {layer: AreaIndex(layers[layer]) for layer in AREA_COLUMNS}
    for name, frame in layers.items():
        wanted = derived_columns(name)
        if not wanted:
            continue
        points = standing_points(np.asarray(frame.geometry.values, dtype=object))
        for area_layer, column in AREA_COLUMNS.items():
            if column in wanted:
                frame[column] = pd.Series(
                    indexes[area_layer].of_all(points), index=frame.index, dtype=object
                )
    return layers


def plain(value: Any) -> Any:
    """A cell as plain Python: no numpy type, no NaN (None instead), days as ISO 8601 text."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, datetime):
        day = value.replace(tzinfo=None) == datetime(value.year, value.month, value.day)  # noqa: DTZ001 - compared without zone
        return value.date().isoformat() if day else value.isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _complete(path: Path, name: str, frame: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame:
    if frame is None:
        frame = gpd.GeoDataFrame({"code": [], "name": []}, geometry=[], crs=WGS84)
    if "code" not in frame.columns:
        raise AtlasUnavailableError(f"{path}: layer '{name}' has no column 'code'")
    frame = frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame.copy()
    for column in ("name", *ATTRIBUTES.get(name, ())):
        if column not in frame.columns:
            frame[column] = None
    for column in frame.columns:
        if column != "geometry" and not _is_number(frame[column]):
            frame[column] = pd.Series(
                [plain(value) for value in frame[column]], index=frame.index, dtype=object
            )
    frame["code"] = _codes(path, name, frame["code"])
    return frame.set_index("code", drop=False).rename_axis(index=None)


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)


def _codes(path: Path, name: str, column: pd.Series[Any]) -> pd.Series[Any]:
    if column.isna().any():
        raise AtlasUnavailableError(f"{path}: layer '{name}': a feature has no code")
    codes = column.astype(str).astype(object)
    twice = codes[codes.duplicated()]
    if len(twice):
        raise AtlasUnavailableError(
            f"{path}: layer '{name}': code {twice.iloc[0]} stands there more than once"
        )
    return codes
