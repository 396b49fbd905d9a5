"""The areas of the sample: towns, communities, grids, enforcement areas, nested exactly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
import shapely.affinity
from scipy.spatial import cKDTree

from geodata.sample.borders import Borders
from geodata.sample.curves import Warp, cut_corners, roughen
from geodata.sample.mesh import draw_mesh
from geodata.sample.partition import divide, join, towards_shares
from geodata.sample.plane import to_plane
from geodata.sample.towns import DISTRICT_M2, OUTLINE, TOWNS

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from geodata.sample.mesh import Mesh
    from geodata.sample.water import Water

    Points = NDArray[np.float64]
    Indexes = NDArray[np.intp]

#: Cells of the mesh and grids made of them, for the whole district.
CELLS = 9_000
GRIDS = 1_100

#: Wave lengths and amplitudes in metres of the bending that makes borders organic.
_WAVES = ((5_000.0, 90.0), (1_500.0, 45.0), (550.0, 14.0), (240.0, 4.0))

#: Rounds and strength of what makes the hand-drawn outline rough.
_ROUGHNESS = (3, 0.11)


@dataclass(frozen=True)
class Areas:
    """Polygons in WGS 84 and how they nest; each array runs in the order of its layer.

    town_of_community, community_of_grid, area_of_grid: indexes into the layer above.
    hedges: borders between two communities, along which small canals may run.
    cells: how many cells of the mesh each grid has (its weight in people).
    warp: the bending, for whatever else is drawn on the plane.
    """

    district: shapely.Polygon
    towns: NDArray[np.object_]
    communities: NDArray[np.object_]
    grids: NDArray[np.object_]
    enforcement_areas: NDArray[np.object_]
    town_of_community: Indexes
    community_of_grid: Indexes
    town_of_enforcement_area: Indexes
    hedges: NDArray[np.object_]
    cells: Indexes
    warp: Warp


def draw_outline(rng: np.random.Generator) -> shapely.Polygon:
    """The hand-drawn outline on the plane, roughened, at the district's official size."""
    rough = shapely.Polygon()
    while rough.is_empty or not rough.is_valid:  # an unlucky draw may cross itself
        ring = roughen(rng, to_plane(OUTLINE), *_ROUGHNESS)
        rough = shapely.Polygon(cut_corners(np.vstack([ring, ring[0]])))
    factor = float(np.sqrt(DISTRICT_M2 / rough.area))
    return shapely.affinity.scale(rough, factor, factor, origin="centroid")


def crowding(points: Points, lake: BaseGeometry) -> NDArray[np.float64]:
    """(n,) how densely people live at (n, 2) points of the plane, 0 to 1: made up."""
    centres = to_plane(town.centre for town in TOWNS)
    reach = np.array([town.built for town in TOWNS])
    away = np.hypot(*(points[:, None] - centres).transpose(2, 0, 1)) / reach
    crowd = 0.13 + 0.87 * np.exp(-0.5 * away**2).max(axis=1)
    crowd = np.where(shapely.contains_xy(lake, points), 0.35 * crowd, crowd)
    return np.asarray(crowd)


def draw_areas(rng: np.random.Generator, water: Water, roads: NDArray[np.object_]) -> Areas:
    """Draw and nest everything. roads: middle lines of the big ones, on the plane."""
    lake = water.lake_area
    shapely.prepare(lake)
    outline = draw_outline(rng)
    mesh = draw_mesh(rng, outline, lambda points: crowding(points, lake), CELLS)
    barrier = _barriers(rng, mesh, water, roads)
    long = mesh.graph(
        barrier * np.hypot(*(mesh.sites[mesh.edges[:, 0]] - mesh.sites[mesh.edges[:, 1]]).T)
    )
    even = mesh.graph(barrier)

    _, seeds = cKDTree(mesh.sites).query(to_plane(town.centre for town in TOWNS))
    town = towards_shares(long, seeds, mesh.areas(), np.array([t.share for t in TOWNS]))
    counts = np.array([len(t.communities) for t in TOWNS])
    community = divide(rng, even, mesh.sites, town, counts)
    cells = np.bincount(community)
    grid = divide(rng, even, mesh.sites, community, _portions(cells, GRIDS))
    per_town = rng.integers(3, 5, len(TOWNS))
    group = join(rng, even, grid, town, per_town, mesh.sites)
    return _assemble(rng, mesh, town, community, grid, group)


def _assemble(
    rng: np.random.Generator,
    mesh: Mesh,
    town: Indexes,
    community: Indexes,
    grid: Indexes,
    group: Indexes,
) -> Areas:
    warp = Warp.draw(rng, _WAVES)
    borders = Borders.draw(mesh, grid, warp)
    community_of_grid = _parent(grid, community)
    town_of_community = _parent(community, town)
    town_of_grid = town_of_community[community_of_grid]
    return Areas(
        district=borders.areas(np.zeros_like(group))[0],
        towns=borders.areas(town_of_grid),
        communities=borders.areas(community_of_grid),
        grids=borders.areas(np.arange(len(group))),
        enforcement_areas=borders.areas(group),
        town_of_community=town_of_community,
        community_of_grid=community_of_grid,
        town_of_enforcement_area=_parent(group, town_of_grid),
        hedges=borders.between(community_of_grid),
        cells=np.bincount(grid),
        warp=warp,
    )


def _parent(child: Indexes, parent: Indexes) -> Indexes:
    """The parent of each child, from both memberships of the same things."""
    found = np.zeros(int(child.max()) + 1, dtype=np.intp)
    found[child] = parent
    return found


def _portions(sizes: Indexes, total: int) -> Indexes:
    """How many of ``total`` parts each gets by its size; at least one, at most its size."""
    exact = sizes * (total / sizes.sum())
    return np.asarray(np.clip(np.round(exact), 1, sizes), dtype=np.intp)


def _barriers(
    rng: np.random.Generator, mesh: Mesh, water: Water, roads: NDArray[np.object_]
) -> NDArray[np.float64]:
    """(m,) what it costs to cross each edge: more over rivers, shores and big roads."""
    cost = rng.uniform(0.75, 1.25, len(mesh.edges))
    lines = mesh.lines()
    tree = shapely.STRtree(lines)
    shores = shapely.boundary(water.lakes)
    for features, factor in ((water.courses, 2.2), (roads, 1.6), (shores, 1.5)):
        _, crossed = tree.query(features, predicate="intersects")
        cost[np.unique(crossed)] *= factor
    return cost
