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


def draw_water(rng: np.random.Generator) -> Water:
    """The known lakes and rivers through their control points, with coves and bends."""
    coves, bends = Warp.draw(rng, _COVES), Warp.draw(rng, _BENDS)
    courses = [shapely.LineString(smooth_through(to_plane(river.course))) for river in RIVERS]
    return Water(
        lake_names=tuple(lake.name for lake in LAKES),
        lakes=shapely.transform(np.array([_lake(lake) for lake in LAKES]), coves),
        river_names=tuple(river.name for river in RIVERS),
        courses=shapely.transform(shapely.segmentize(np.array(courses), 80.0), bends),
        widths=np.array([river.width for river in RIVERS]),
    )


def _lake(lake: Lake) -> BaseGeometry:
    shore = shapely.Polygon(smooth_through(to_plane(lake.shore), closed=True))
    islands = [
        shapely.Polygon(smooth_through(to_plane(island), closed=True)) for island in lake.islands
    ]
    return shapely.difference(shore, shapely.union_all(islands))
