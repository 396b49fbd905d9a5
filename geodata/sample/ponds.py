"""Small water: canals along the borders of villages, ponds in the fields (names made up)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.sample.curves import smooth_through
from geodata.sample.plane import to_plane

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

#: Which share of the borders between communities is a canal, and its width in metres.
_CANALS = 0.33
_CANAL_M = (9.0, 17.0)

#: How many ponds are tried, and their radius in metres.
_PONDS = 70
_POND_M = (55.0, 170.0)

_FIRST = tuple("东西南北前后里外小长新老")
_SECOND = tuple("庄浜桥巷圩堰潭湾墩渔草菱藕芦杨柳桑梅")


def draw_canals(
    rng: np.random.Generator, hedges: NDArray[np.object_], water: BaseGeometry
) -> Iterator[tuple[str, float, BaseGeometry]]:
    """(name, width, middle line) of canals on the plane, where there is no water yet.

    hedges: borders between communities in WGS 84.
    """
    names = _names(rng, ("浜", "港", "泾", "河"))
    lines = shapely.difference(shapely.transform(hedges, to_plane), water)
    for line, chance in zip(lines, rng.random(len(lines)), strict=True):
        if chance < _CANALS and line.length > 400.0:
            yield next(names), round(float(rng.uniform(*_CANAL_M)), 1), line


def draw_ponds(
    rng: np.random.Generator, district: BaseGeometry, taken: NDArray[np.object_]
) -> Iterator[tuple[str, BaseGeometry]]:
    """(name, polygon) of ponds on the plane, clear of all that is ``taken`` and of each other."""
    names = _names(rng, ("荡", "漾", "塘", "潭"))
    tree = shapely.STRtree(taken)
    shapely.prepare(district)
    west, south, east, north = district.bounds
    drawn: list[BaseGeometry] = []
    for centre in rng.uniform((west, south), (east, north), (_PONDS * 12, 2)):
        pond = _pond(rng, centre)
        room = pond.buffer(60.0)
        clear = not len(tree.query(room, predicate="intersects"))
        if clear and district.contains(room) and not any(map(room.intersects, drawn)):
            drawn.append(pond)
            yield next(names), pond
        if len(drawn) == _PONDS:
            return


def _pond(rng: np.random.Generator, centre: NDArray[np.float64]) -> shapely.Polygon:
    angle = np.linspace(0.0, 2 * np.pi, 8, endpoint=False)
    radius = rng.uniform(*_POND_M) * rng.uniform(0.65, 1.25, 8)
    stretch = rng.uniform(0.7, 1.4)
    corners = np.column_stack([np.cos(angle) * stretch, np.sin(angle) / stretch])
    return shapely.Polygon(smooth_through(centre + corners * radius[:, None], closed=True, steps=4))


def _names(rng: np.random.Generator, endings: tuple[str, ...]) -> Iterator[str]:
    pool = [a + b + end for end in endings for a in _FIRST for b in _SECOND if b != end]
    for i in rng.permutation(len(pool)):
        yield pool[i]
