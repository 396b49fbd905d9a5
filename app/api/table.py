"""One layer made ready to be sent: geometries encoded once, attributes as plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import shapely

from geodata.frames import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import geopandas as gpd
    from numpy.typing import NDArray

    from geodata.schema import LayerSchema

#: About 1 cm; more digits would only pretend to know better.
DECIMALS = 7

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class FeatureTable:
    """A layer in code order.

    codes: of the features, in order. geometries: GeoJSON, WGS 84 (lon, lat).
    properties: attributes without geometry, values that JSON knows.
    extent: west, south, east, north in degrees, None when the layer is empty.
    """

    codes: tuple[str, ...]
    geometries: tuple[msgspec.Raw, ...]
    properties: tuple[dict[str, Any], ...]
    columns: frozenset[str]
    extent: Box | None
    index: dict[str, int]
    tree: shapely.STRtree

    @classmethod
    def of(cls, frame: gpd.GeoDataFrame, schema: LayerSchema) -> FeatureTable:
        """Encode a layer of the atlas. Columns that its file does not have are None."""
        frame = frame.sort_index()
        shapes = np.asarray(frame.geometry.array, dtype=object)
        columns = _columns(frame, schema)
        cells = [_cells(frame, column) for column in columns]
        codes = tuple(str(code) for code in frame.index)
        return cls(
            codes=codes,
            geometries=tuple(encode_geometries(shapes, DECIMALS)),
            properties=tuple(
                dict(zip(columns, row, strict=True)) for row in zip(*cells, strict=True)
            ),
            columns=frozenset(columns),
            extent=_extent(shapes),
            index={code: number for number, code in enumerate(codes)},
            tree=shapely.STRtree(shapes),
        )

    def select(self, boxes: Sequence[Box], wanted: dict[str, str]) -> list[int]:
        """Rows that meet one of the boxes (all when there is none) and have the wanted values."""
        rows: Iterable[int] = range(len(self.codes))
        if boxes:
            areas = [shapely.box(*box) for box in boxes]
            rows = sorted({int(row) for row in self.tree.query(areas, predicate="intersects")[1]})
        return [
            row
            for row in rows
            if all(_says(self.properties[row].get(key), value) for key, value in wanted.items())
        ]

    def feature(self, row: int, live: dict[str, Any]) -> dict[str, Any]:
        """One GeoJSON feature, with what is live about it."""
        return {
            "type": "Feature",
            "id": self.codes[row],
            "geometry": self.geometries[row],
            "properties": {**self.properties[row], **live},
        }


def encode_geometries(shapes: NDArray[Any], decimals: int) -> list[msgspec.Raw]:
    """GeoJSON of every geometry (``null`` for none), coordinates rounded."""
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, decimals))
    return [
        msgspec.Raw(b"null" if text is None else text.encode())
        for text in shapely.to_geojson(rounded)
    ]


def _columns(frame: gpd.GeoDataFrame, schema: LayerSchema) -> list[str]:
    first = ["code", "name", *(field.name for field in schema.fields)]
    rest = [str(column) for column in frame.columns if column not in {*first, "geometry"}]
    return first + rest


def _cells(frame: gpd.GeoDataFrame, column: str) -> list[Any]:
    if column not in frame.columns:
        return [None] * len(frame)
    return [plain(value) for value in frame[column]]


def _says(value: Any, wanted: str) -> bool:
    if isinstance(value, bool):
        return wanted == str(value).lower()
    return value is not None and str(value) == wanted


def _extent(shapes: NDArray[Any]) -> Box | None:
    if not len(shapes):
        return None
    bounds = shapely.total_bounds(shapes)
    if not np.isfinite(bounds).all():
        return None
    west, south, east, north = (round(float(edge), DECIMALS) for edge in bounds)
    return west, south, east, north
