"""The road skeleton: known roads by hand, streets around town centres, lanes between villages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.spatial import Delaunay

from geodata.sample.curves import Warp, smooth_through
from geodata.sample.lines import ROADS
from geodata.sample.plane import to_plane
from geodata.sample.towns import TOWNS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.sample.lines import RoadKind

    Points = NDArray[np.float64]

#: Metres between parallel streets, and the shortest piece of a road that is kept.
_STREET_M = (330.0, 430.0)
_SHORTEST_M = 350.0

#: How streets and lanes bend.
_BENDS = ((1_700.0, 70.0), (700.0, 24.0))

#: Characters of made-up street names, e.g. 春申路.
_FIRST = tuple("春夏秋嘉富康阳永文安兴华润澄荷御采泰善锦齐水金玉香古青织和")
_SECOND = tuple("申元丰泽苑昌渔园溪莲和业盛塘学民府宁景河湾贤福巷桥旺茂锦")


@dataclass(frozen=True)
class Roads:
    """Roads on the plane; each array runs in the same order. kinds: see ``lines.RoadKind``."""

    names: NDArray[np.object_]
    kinds: NDArray[np.object_]
    lines: NDArray[np.object_]

    def of_kinds(self, *kinds: RoadKind) -> NDArray[np.intp]:
        """Indexes of the roads of these kinds."""
        return np.flatnonzero(np.isin(self.kinds, kinds))


def big_roads() -> NDArray[np.object_]:
    """The middle lines of the known roads, in the order of ``lines.ROADS``."""
    return np.array([shapely.LineString(smooth_through(to_plane(r.course))) for r in ROADS])


def draw_roads(
    rng: np.random.Generator,
    known: NDArray[np.object_],
    district: shapely.Polygon,
    lakes: BaseGeometry,
    villages: Points,
) -> Roads:
    """All roads inside the district, off the lakes (big roads cross them on bridges).

    known: ``big_roads`` where they lie by now. villages: (n, 2) what lanes connect.
    """
    bend = Warp.draw(rng, _BENDS)
    names = _street_names(rng)
    rows: list[tuple[str, str, BaseGeometry]] = [
        (road.name, road.kind, line) for road, line in zip(ROADS, known, strict=True)
    ]
    shore = lakes.buffer(40.0)
    for line in _streets(rng):
        street = shapely.transform(shapely.segmentize(line, 60.0), bend)
        rows += [(next(names), "street", part) for part in _parts(street.difference(shore))]
    for line in _lanes(villages):
        lane = shapely.transform(shapely.segmentize(line, 90.0), bend)
        if not lane.intersects(shore):
            rows.append((next(names).replace("街", "路"), "country", lane))
    return _inside(rows, district)


def _inside(rows: list[tuple[str, str, BaseGeometry]], district: shapely.Polygon) -> Roads:
    kept = [
        (name, kind, part)
        for name, kind, line in rows
        for part in _parts(line.intersection(district))
    ]
    names, kinds, lines = (np.array(column, dtype=object) for column in zip(*kept, strict=True))
    return Roads(names, kinds, lines)


def _parts(line: BaseGeometry) -> Iterator[shapely.LineString]:
    for part in shapely.get_parts(line):
        if part.geom_type == "LineString" and part.length >= _SHORTEST_M:
            yield part


def _streets(rng: np.random.Generator) -> Iterator[shapely.LineString]:
    """Around each town centre, streets along and across, thinning out unevenly."""
    for town in TOWNS:
        centre = to_plane([town.centre])[0]
        angle = rng.normal(0.0, 0.12)
        along = np.array([np.cos(angle), np.sin(angle)])
        for first, second in ((along, along[::-1] * (-1, 1)), (along[::-1] * (-1, 1), along)):
            offset = -town.built * 0.95
            while offset < town.built * 0.95:
                half = np.sqrt(town.built**2 - offset**2)
                start, end = -half * rng.uniform(0.45, 1.15), half * rng.uniform(0.45, 1.15)
                ends = np.array([second * start, second * end])
                yield shapely.LineString(centre + first * offset + ends)
                offset += rng.uniform(*_STREET_M)


def _lanes(villages: Points) -> Iterator[shapely.LineString]:
    """Neighbouring villages without a third between them (their Gabriel graph)."""
    triangles = Delaunay(villages).simplices
    pairs = np.unique(np.sort(triangles[:, [[0, 1], [1, 2], [0, 2]]].reshape(-1, 2)), axis=0)
    middle = villages[pairs].mean(axis=1)
    radius = np.hypot(*(villages[pairs[:, 0]] - middle).T)
    nearest = np.hypot(*(villages[None] - middle[:, None]).transpose(2, 0, 1)).min(axis=1)
    for one, other in pairs[(nearest >= radius - 1e-6) & (radius < 2_600.0)]:
        yield shapely.LineString(villages[[one, other]])


def _street_names(rng: np.random.Generator) -> Iterator[str]:
    """Made-up names of roads, each once; when they run out, numbered."""
    taken = {road.name for road in ROADS}
    pool = [f"{a}{b}{kind}" for kind in ("路", "街") for a in _FIRST for b in _SECOND if a != b]
    order = [pool[i] for i in rng.permutation(len(pool))]
    for name in dict.fromkeys(order):
        if name not in taken:
            yield name
    number = 1
    while True:
        yield f"规划{number}号路"
        number += 1
