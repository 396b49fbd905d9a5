"""Placing things where such things stand: along roads, on banks, among houses, at crossings."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.errors import GeodataError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geodata.sample.ground import Ground
    from geodata.sample.lines import RoadKind

    Points = NDArray[np.float64]

#: Give up after so many rounds of drawing: the district has no such place.
_ROUNDS = 60


class Placing:
    """Draws dry points of the plane from one stream of chance."""

    def __init__(self, ground: Ground, rng: np.random.Generator) -> None:
        """ground: where to place; rng: the chance to use."""
        self.ground = ground
        self.rng = rng
        self._crossings = _crossings(ground)

    def along(self, n: int, *kinds: RoadKind, away: tuple[float, float] = (5.0, 12.0)) -> Points:
        """Beside roads of these kinds, ``away`` metres from their middle."""
        lines = self.ground.roads.lines[self.ground.roads.of_kinds(*kinds)]
        return self._until(n, lambda k: self._beside(lines, k, away))

    def on_banks(self, n: int, *, lakes: bool) -> Points:
        """On the banks of rivers (and shores of lakes), 6 to 15 metres from the water."""
        waters = [water for *_, water in self.ground.rivers]
        if lakes:
            waters += [water for _, water in self.ground.lakes]
        wide = shapely.boundary(shapely.buffer(np.array(waters), 6.0, quad_segs=4))
        lines = shapely.get_parts(wide)
        return self._until(n, lambda k: self._beside(lines, k, (0.0, 9.0)))

    def around(self, n: int, points: Points, reach: NDArray[np.float64] | float) -> Points:
        """Scattered around randomly chosen points, by a normal distribution of this reach.

        Where that is all water, further and further out.
        """
        wider = count(0)

        def draw(k: int) -> Points:
            chosen = self.rng.integers(len(points), size=k)
            spread = np.broadcast_to(reach, len(points))[chosen] * 1.15 ** next(wider)
            return np.asarray(points[chosen] + self.rng.normal(0.0, 1.0, (k, 2)) * spread[:, None])

        return self._until(n, draw)

    def at_crossings(self, n: int) -> Points:
        """At corners of crossings of arterials and streets."""

        def draw(k: int) -> Points:
            chosen = self._crossings[self.rng.integers(len(self._crossings), size=k)]
            corner = self.rng.choice((-9.0, 9.0), (k, 2)) + self.rng.normal(0, 1.5, (k, 2))
            return np.asarray(chosen + corner)

        return self._until(n, draw)

    def _until(self, n: int, draw: Callable[[int], Points]) -> Points:
        found = np.empty((0, 2))
        for _ in range(_ROUNDS):
            if len(found) >= n:
                break
            points = draw(max(2 * (n - len(found)), 16))
            found = np.vstack([found, points[self.ground.dry(points)]])
        if len(found) < n:
            raise GeodataError(f"sample district: no dry place found for {n - len(found)} things")
        return found[:n]

    def _beside(self, lines: NDArray[np.object_], k: int, away: tuple[float, float]) -> Points:
        lengths = shapely.length(lines)
        chosen = lines[self.rng.choice(len(lines), k, p=lengths / lengths.sum())]
        at = self.rng.uniform(0.0, shapely.length(chosen))
        here = shapely.get_coordinates(shapely.line_interpolate_point(chosen, at))
        there = shapely.get_coordinates(
            shapely.line_interpolate_point(chosen, np.minimum(at + 5.0, shapely.length(chosen)))
        )
        step = there - here
        size = np.maximum(np.hypot(*step.T), 1e-6)
        across = np.column_stack([-step[:, 1], step[:, 0]]) / size[:, None]
        side = self.rng.choice((-1.0, 1.0), k) * self.rng.uniform(*away, k)
        return np.asarray(here + across * side[:, None])


def _crossings(ground: Ground) -> Points:
    lines = ground.roads.lines[ground.roads.of_kinds("arterial", "street")]
    one, other = shapely.STRtree(lines).query(lines, predicate="intersects")
    once = one < other
    met = shapely.get_parts(shapely.intersection(lines[one[once]], lines[other[once]]))
    return shapely.get_coordinates(met[shapely.get_type_id(met) == shapely.GeometryType.POINT])
