"""The mesh: thousands of small cells, smaller where more people live, of which areas are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Voronoi, cKDTree

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Indexes = NDArray[np.intp]

#: Metres around the outline that are also meshed, so that every cell inside is closed.
MARGIN_M = 2_500.0

#: Samples a cell while the cells settle (Lloyd's relaxation on samples of the density).
_SAMPLES = 12
_ROUNDS = 7


@dataclass(frozen=True)
class Mesh:
    """Cells inside the district and how they touch.

    sites: (n, 2) a point inside each cell, metres on the plane.
    edges: (m, 2) the cells on both sides of each edge; -1 is "outside the district".
    ends: (m, 2) the two corners of each edge, as indexes into corners.
    corners: (k, 2) metres.
    """

    sites: Points
    edges: Indexes
    ends: Indexes
    corners: Points

    def graph(self, cost: NDArray[np.float64]) -> csr_array:
        """Neighbouring cells as a symmetric graph; cost: (m,) of each edge, > 0."""
        inner = (self.edges >= 0).all(axis=1)
        one, other = self.edges[inner].T
        weight = cost[inner]
        n = len(self.sites)
        ends = (np.concatenate([one, other]), np.concatenate([other, one]))
        return csr_array(coo_array((np.concatenate([weight, weight]), ends), shape=(n, n)))

    def areas(self) -> NDArray[np.float64]:
        """(n,) the size of each cell in square metres."""
        one, other = self.corners[self.ends[:, 0]], self.corners[self.ends[:, 1]]
        total = np.zeros(len(self.sites))
        for side in (0, 1):
            cell = self.edges[:, side]
            site = self.sites[cell]
            cross = (one - site)[:, 0] * (other - site)[:, 1] - (one - site)[:, 1] * (other - site)[
                :, 0
            ]
            np.add.at(total, cell[cell >= 0], np.abs(cross[cell >= 0]) / 2)
        return total

    def lines(self) -> NDArray[np.object_]:
        """Straight lines from cell to cell across each edge (None at the district's border)."""
        found = np.full(len(self.edges), None, dtype=object)
        inner = (self.edges >= 0).all(axis=1)
        found[inner] = shapely.linestrings(self.sites[self.edges[inner]])
        return found


def draw_mesh(
    rng: np.random.Generator,
    outline: shapely.Polygon,
    density: Callable[[Points], NDArray[np.float64]],
    cells: int,
) -> Mesh:
    """About ``cells`` cells inside the outline.

    density: (n, 2) points -> (n,) how many cells are wanted there, relative, at most 1.
    """
    around = outline.buffer(MARGIN_M)
    samples = _sample(rng, around, density, cells * _SAMPLES)
    sites = _settle(rng, samples, round(cells / shapely.contains_xy(outline, samples).mean()))
    sites = _mirrored(outline, sites)
    voronoi = Voronoi(sites)
    inside = _one_piece(shapely.contains_xy(outline, sites), voronoi.ridge_points)
    number = np.where(inside, np.cumsum(inside) - 1, -1)
    edges = number[voronoi.ridge_points]
    kept = (edges >= 0).any(axis=1)
    ends = np.array(voronoi.ridge_vertices, dtype=np.intp)[kept]
    return Mesh(sites[inside], edges[kept], ends, voronoi.vertices)


def _settle(rng: np.random.Generator, samples: Points, cells: int) -> Points:
    """Sites that spread evenly over the samples' density: k-means."""
    sites = samples[rng.choice(len(samples), cells, replace=False)]
    for _ in range(_ROUNDS):
        _, owner = cKDTree(sites).query(samples)
        count = np.bincount(owner, minlength=cells)
        total = np.column_stack(
            [np.bincount(owner, samples[:, axis], minlength=cells) for axis in (0, 1)]
        )
        held = count > 0
        sites[held] = total[held] / count[held, None]
    return sites


def _mirrored(outline: shapely.Polygon, sites: Points) -> Points:
    """Outside sites along the outline replaced by mirror images of the inside ones.

    The border between a site and its image is the outline itself, so the district's
    border follows it smoothly instead of running around whole cells.
    """
    points = np.asarray(shapely.points(sites))
    outside = ~shapely.contains_xy(outline, sites)
    near = shapely.dwithin(points, outline.exterior, MARGIN_M / 2)
    images = points[near & ~outside]
    along = shapely.line_locate_point(outline.exterior, images)
    foot = shapely.get_coordinates(shapely.line_interpolate_point(outline.exterior, along))
    mirrored = 2 * foot - shapely.get_coordinates(images)
    mirrored = mirrored[~shapely.contains_xy(outline, mirrored)]
    return np.vstack([sites[~outside], sites[outside & ~near], mirrored])


def _sample(
    rng: np.random.Generator,
    around: shapely.Polygon,
    density: Callable[[Points], NDArray[np.float64]],
    wanted: int,
) -> Points:
    west, south, east, north = around.bounds
    found: list[Points] = []
    while sum(map(len, found)) < wanted:
        points = rng.uniform((west, south), (east, north), (wanted, 2))
        points = points[rng.random(len(points)) < density(points)]
        found.append(points[shapely.contains_xy(around, points)])
    return np.vstack(found)[:wanted]


def _one_piece(inside: NDArray[np.bool_], pairs: Indexes) -> NDArray[np.bool_]:
    """Keep the largest connected part of what is inside, and fill its holes."""
    n = len(inside)
    for wanted in (True, False):
        same = (inside[pairs] == wanted).all(axis=1)
        one, other = pairs[same].T
        graph = coo_array((np.ones(len(one)), (one, other)), shape=(n, n))
        _, part = connected_components(graph, directed=False)
        largest = np.bincount(part[inside == wanted]).argmax()
        inside = inside & (part == largest) if wanted else inside | ~(part == largest) & ~inside
    return inside
