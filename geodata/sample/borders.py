"""Borders: the edges between parts of the mesh as smooth shared lines, and the areas they close."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

from geodata.sample.curves import cut_corners
from geodata.sample.plane import to_degrees

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from geodata.sample.mesh import Mesh

    Points = NDArray[np.float64]
    Indexes = NDArray[np.intp]

#: A vertex at least this often (metres), so that the warp bends long straight edges too.
_VERTEX_M = 60.0


@dataclass(frozen=True)
class Borders:
    """Every border between two parts, drawn once, so that both sides share each vertex.

    lines: (b,) LineStrings in WGS 84.
    sides: (b, 2) the parts on both sides; -1 is outside the district.
    inside: one point in each cell of the mesh, WGS 84. owner: the part of each cell.
    """

    lines: NDArray[np.object_]
    sides: Indexes
    inside: NDArray[np.object_]
    owner: Indexes

    @classmethod
    def draw(cls, mesh: Mesh, part: Indexes, warp: Callable[[Points], Points]) -> Borders:
        """The borders of these parts; part: (cells,).

        Corner cutting is safe: at each corner the cut triangle lies in one convex cell.
        """
        pairs = np.sort(np.where(mesh.edges >= 0, part[mesh.edges], -1), axis=1)
        border = pairs[:, 0] != pairs[:, 1]
        sides, group = np.unique(pairs[border], axis=0, return_inverse=True)
        order = np.argsort(group, kind="stable")
        pieces = shapely.linestrings(mesh.corners[mesh.ends[border]])
        bundles = shapely.multilinestrings(pieces[order], indices=group[order])
        chains, bundle = shapely.get_parts(shapely.line_merge(bundles), return_index=True)
        smooth = [shapely.linestrings(cut_corners(shapely.get_coordinates(c))) for c in chains]
        bent = shapely.transform(shapely.segmentize(np.array(smooth), _VERTEX_M), warp)
        inside = shapely.points(warp(mesh.sites))
        return cls(to_degrees(bent), sides[bundle], to_degrees(inside), part)

    def areas(self, group: Indexes) -> NDArray[np.object_]:
        """One polygon a group; group: (parts,) the group of each part, numbered from 0."""
        sides = np.where(self.sides >= 0, group[self.sides], -1)
        lines = self.lines[sides[:, 0] != sides[:, 1]]
        faces = shapely.get_parts(shapely.polygonize(lines))
        face, cell = shapely.STRtree(self.inside).query(faces, predicate="contains")
        areas = np.full(int(group.max()) + 1, None, dtype=object)
        areas[group[self.owner[cell]]] = faces[face]
        return areas

    def between(self, group: Indexes) -> NDArray[np.object_]:
        """One MultiLineString for each two groups that touch; the district's border is none."""
        inner = (self.sides >= 0).all(axis=1)
        pairs = np.sort(group[self.sides[inner]], axis=1)
        lines = self.lines[inner]
        apart = pairs[:, 0] != pairs[:, 1]
        _, bundle = np.unique(pairs[apart], axis=0, return_inverse=True)
        order = np.argsort(bundle, kind="stable")
        together = shapely.multilinestrings(lines[apart][order], indices=bundle[order])
        return np.asarray(shapely.line_merge(together), dtype=object)
