"""The ground that things stand on: district, water and roads on the plane, after the warp."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geodata.sample.areas import Areas, draw_areas
from geodata.sample.plane import to_plane
from geodata.sample.ponds import draw_canals, draw_ponds
from geodata.sample.roads import Roads, big_roads, draw_roads
from geodata.sample.towns import TOWNS
from geodata.sample.water import draw_water

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.sample.dice import Dice

    Points = NDArray[np.float64]


#: Pieces of water smaller than this (square metres) are left out.
_SLIVER_M2 = 400.0

#: Metres between water and whatever stands on its bank.
BANK_M = 4.0


@dataclass(frozen=True)
class Ground:
    """Everything is in metres on the plane but ``areas``, which are published degrees.

    lakes: (name, polygon). rivers: (name, width, polygon) and courses: (name, width, middle
    line), which end where lakes begin.
    centres: (towns, 2). homes: (communities, 2) a dry point in the middle of each community.
    """

    areas: Areas
    district: shapely.Polygon
    lakes: list[tuple[str, BaseGeometry]]
    rivers: list[tuple[str, float, BaseGeometry]]
    courses: list[tuple[str, float, BaseGeometry]]
    roads: Roads
    centres: Points
    homes: Points

    @cached_property
    def water(self) -> BaseGeometry:
        """All water as one."""
        shapes = [*(shape for _, shape in self.lakes), *(shape for *_, shape in self.rivers)]
        return shapely.union_all(shapes)

    @cached_property
    def core(self) -> BaseGeometry:
        """The district without a strip along its border, prepared: nothing stands on the border."""
        core = self.district.buffer(-25.0)
        shapely.prepare(core)
        return core

    @cached_property
    def wet(self) -> BaseGeometry:
        """The water and a strip of bank, prepared: nothing stands there."""
        wet = self.water.buffer(BANK_M, quad_segs=3)
        shapely.prepare(wet)
        return wet

    def dry(self, points: Points) -> NDArray[np.bool_]:
        """(n,) whether (n, 2) points are inside and at least ``BANK_M`` metres from water."""
        inside = shapely.contains_xy(self.core, points)
        inside[inside] = ~shapely.contains_xy(self.wet, points[inside])
        return inside


def draw_ground(dice: Dice) -> Ground:
    """Water first, areas along water and big roads, then all other roads."""
    water, big = draw_water(dice.of("water")), big_roads()
    areas = draw_areas(dice.of("areas"), water, big)
    district = to_plane_polygon(areas.district)
    lakes = shapely.intersection(shapely.transform(water.lakes, areas.warp), district)
    lake = shapely.union_all(lakes)
    courses = shapely.transform(water.courses, areas.warp)
    streams = shapely.buffer(courses, water.widths / 2, quad_segs=3, cap_style="flat")
    streams = shapely.intersection(shapely.difference(streams, lake), district)
    homes = _homes(areas, lake)
    roads = draw_roads(
        dice.of("roads"),
        shapely.transform(shapely.segmentize(big, 90.0), areas.warp),
        district,
        lake,
        homes,
    )
    centres = areas.warp(to_plane(town.centre for town in TOWNS))
    widths = water.widths.tolist()
    rivers = list(zip(water.river_names, widths, streams, strict=True))
    big_water = shapely.union_all([lake, *streams])
    for name, width, line in draw_canals(dice.of("canals"), areas.hedges, big_water.buffer(3.0)):
        canal = shapely.difference(line.buffer(width / 2, quad_segs=2), big_water)
        rivers.append((name, width, shapely.intersection(canal, district)))
    rivers = [(name, width, _areas_only(shape)) for name, width, shape in rivers]
    taken = [*shapely.buffer(roads.lines, 12.0), *lakes, *(shape for *_, shape in rivers)]
    ponds = list(draw_ponds(dice.of("ponds"), district, np.array(taken)))
    middles = shapely.intersection(shapely.difference(courses, lake), district)
    return Ground(
        areas=areas,
        district=district,
        lakes=[*zip(water.lake_names, lakes, strict=True), *ponds],
        rivers=[row for row in rivers if not row[2].is_empty],
        courses=list(zip(water.river_names, widths, middles, strict=True)),
        roads=roads,
        centres=centres,
        homes=homes,
    )


def to_plane_polygon(published: Any) -> Any:
    """Published geometries (one or an array) back on the plane."""
    return shapely.transform(published, to_plane)


def _homes(areas: Areas, lake: BaseGeometry) -> Points:
    """A point on dry land in each community (in the water only when it is all water)."""
    communities = shapely.transform(areas.communities, to_plane)
    land = shapely.difference(communities, lake)
    land = np.where(shapely.is_empty(land), communities, land)
    return shapely.get_coordinates(shapely.point_on_surface(land))


def _areas_only(shape: BaseGeometry) -> BaseGeometry:
    """Without the points, lines and slivers that cutting leaves."""
    return shapely.union_all([part for part in shapely.get_parts(shape) if part.area > _SLIVER_M2])
