"""The plane the sample is drawn on: metres in EPSG:4549, published as rounded WGS 84 degrees."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyproj
import shapely

from geodata.crs import METRIC, WGS84

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Points = NDArray[np.float64]

#: Decimals of a published degree: about a centimetre, far below any distance drawn.
DECIMALS = 7


@cache
def _transformer() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(WGS84, METRIC, always_xy=True)


def to_plane(lonlat: Iterable[tuple[float, float]]) -> Points:
    """WGS 84 (lon, lat) pairs to an (n, 2) array of metres."""
    pairs = np.array(list(lonlat), dtype=float).reshape(-1, 2)
    return np.column_stack(_transformer().transform(pairs[:, 0], pairs[:, 1]))


def to_degrees(geometries: Any) -> Any:
    """Geometries on the plane to WGS 84. Equal vertices stay equal: shared borders stay shared."""

    def degrees(xy: Points) -> Points:
        lon, lat = _transformer().transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return np.round(np.column_stack([lon, lat]), DECIMALS)

    return shapely.transform(geometries, degrees)
