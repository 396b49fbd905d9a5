"""Numbering areas as people read a page: row by row from the north, each row from the west."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def reading_order(points: NDArray[np.float64]) -> NDArray[np.intp]:
    """Indexes of (n, 2) points (x east, y north; one unit) in reading order.

    Unit grids are numbered west to east and north to south within a community
    (GB/T 30428; the rule as quoted in Beijing's DB11 text). A row begins with the
    northernmost point that is left and holds what lies at most a typical distance
    between neighbours further south.
    """
    n = len(points)
    if n < 2:
        return np.arange(n)
    extent = np.ptp(points, axis=0)
    height = float(np.sqrt(max(extent[0], 1.0) * max(extent[1], 1.0) / n))
    left = sorted(range(n), key=lambda i: (-points[i, 1], points[i, 0]))
    order: list[int] = []
    while left:
        floor = points[left[0], 1] - 0.6 * height
        row = [i for i in left if points[i, 1] >= floor]
        order += sorted(row, key=lambda i: (points[i, 0], -points[i, 1]))
        left = [i for i in left if points[i, 1] < floor]
    return np.array(order, dtype=np.intp)
