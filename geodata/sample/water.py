"""The water of the sample: lakes and rivers as areas on the plane, before the warp."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.sample.curves import Warp, smooth_through
from geodata.sample.lines import LAKES, RIVERS
from geodata.sample.plane import to_plane

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.sample.lines import Lake


@dataclass(frozen=True)
class Water:
    """Lakes and rivers; each tuple runs in the order of its names.

    lakes: polygons. courses: the rivers' middle lines. widths: metres.
    """

    lake_names: tuple[str, ...]
    lakes: NDArray[np.object_]
    river_names: tuple[str, ...]
    courses: NDArray[np.object_]
    widths: NDArray[np.float64]

    @property
    def lake_area(self) -> BaseGeometry:
        """All lakes as one."""
        return shapely.union_all(self.lakes)


#: Wave lengths and amplitudes in metres of coves and of a river's small bends.
_COVES = ((1_300.0, 85.0), (520.0, 24.0), (260.0, 6.0))
_BENDS = ((1_800.0, 110.0), (700.0, 25.0))

#: A river that ends this close (metres) to another flows into it.
_JOIN_M = 700.0


def draw_water(rng: np.random.Generator) -> Water:
    """The known lakes and rivers through their control points, with coves and bends."""
    coves, bends = Warp.draw(rng, _COVES), Warp.draw(rng, _BENDS)
    courses = [shapely.LineString(smooth_through(to_plane(river.course))) for river in RIVERS]
    bent = shapely.transform(shapely.segmentize(np.array(courses), 80.0), bends)
    return Water(
        lake_names=tuple(lake.name for lake in LAKES),
        lakes=shapely.transform(np.array([_lake(lake) for lake in LAKES]), coves),
        river_names=tuple(river.name for river in RIVERS),
        courses=_joined(bent),
        widths=np.array([river.width for river in RIVERS]),
    )


def _joined(courses: NDArray[np.object_]) -> NDArray[np.object_]:
    """Rivers that end close to another are led into it."""
    joined = []
    for number, course in enumerate(courses):
        others = shapely.multilinestrings(np.delete(courses, number))
        points = shapely.get_coordinates(course)
        for end, place in ((0, 0), (-1, len(points))):
            gap = shapely.shortest_line(shapely.Point(points[end]), others)
            if 0.0 < shapely.length(gap) < _JOIN_M:
                points = np.insert(points, place, shapely.get_coordinates(gap)[-1], axis=0)
        joined.append(shapely.LineString(points))
    return np.array(joined)


def _lake(lake: Lake) -> BaseGeometry:
    shore = shapely.Polygon(smooth_through(to_plane(lake.shore), closed=True))
    islands = [
        shapely.Polygon(smooth_through(to_plane(island), closed=True)) for island in lake.islands
    ]
    return shapely.difference(shore, shapely.union_all(islands))
