"""Dividing the mesh: connected parts that keep to rivers and big roads, as real borders do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]
    Indexes = NDArray[np.intp]

_ROUNDS = 10


def grow(graph: csr_array, seeds: Indexes, head_start: NDArray[np.float64]) -> Indexes:
    """Every cell to the seed from which it is cheapest to reach; parts are connected.

    head_start: cost that each seed begins with (the higher, the smaller its part).
    """
    n, k = graph.shape[0], len(seeds)
    start = coo_array((head_start + 1e-9, (np.zeros(k, dtype=int), seeds)), shape=(1, n))
    whole = vstack([hstack([graph, start.T]), hstack([start, coo_array((1, 1))])]).tocsr()
    _, before = dijkstra(whole, indices=n, return_predecessors=True)
    part = np.full(n + 1, -1)
    part[seeds] = np.arange(k)
    return _follow(part, before, n)[:n]


def _follow(part: Indexes, before: Indexes, root: int) -> Indexes:
    """Hand each cell the part of the cell it was reached from, until all have one."""
    seeds = np.flatnonzero(before == root)
    leader = before.copy()
    leader[seeds] = seeds
    leader[root] = root
    while True:
        further = leader[leader]
        if (further == leader).all():
            return part[leader]
        leader = further


def towards_shares(
    graph: csr_array, seeds: Indexes, size: NDArray[np.float64], shares: NDArray[np.float64]
) -> Indexes:
    """Parts whose sizes come close to their shares of the whole.

    size: (n,) of each cell; shares: (k,) adding up to 1.
    """
    head_start = np.zeros(len(seeds))
    wanted = shares * size.sum()
    part = grow(graph, seeds, head_start)
    for _ in range(30):
        got = np.bincount(part, size, minlength=len(seeds))
        head_start += 900.0 * (np.sqrt(got / wanted) - 1)
        head_start -= head_start.min()
        part = grow(graph, seeds, head_start)
    return part


def divide(
    rng: np.random.Generator, graph: csr_array, sites: Points, owner: Indexes, counts: Indexes
) -> Indexes:
    """Divide every owner's cells into its count of connected parts of about as many cells.

    owner: (n,) which part each cell is in now; counts: (owners,) parts wanted.
    Returns (n,) new parts, numbered owner by owner.
    """
    inner = _within(graph, owner)
    seeds = np.concatenate(
        [_spread(rng, sites, np.flatnonzero(owner == k), count) for k, count in enumerate(counts)]
    )
    for _ in range(_ROUNDS):
        part = grow(inner, seeds, np.zeros(len(seeds)))
        seeds = _middles(sites, part, len(seeds))
    return grow(inner, seeds, np.zeros(len(seeds)))


def join(
    rng: np.random.Generator,
    graph: csr_array,
    part: Indexes,
    owner: Indexes,
    counts: Indexes,
    sites: Points,
) -> Indexes:
    """As ``divide``, but never cutting a ``part``: whole parts are put together.

    part: (n,) the part of each cell, each within one owner. Returns (parts,) the group of each.
    """
    parts = int(part.max()) + 1
    table = coo_array(graph)
    one, other = part[table.row], part[table.col]
    touch = one != other
    cost = np.ones(touch.sum())
    # Edges between the same two parts add up; what matters is that they touch at all.
    pairs = coo_array((cost, (one[touch], other[touch])), shape=(parts, parts)).tocsr()
    pairs.data[:] = rng.uniform(0.8, 1.2, len(pairs.data))
    pairs = (pairs + pairs.T).tocsr()
    size = np.bincount(part, minlength=parts)
    middles = np.column_stack([np.bincount(part, sites[:, a], parts) / size for a in (0, 1)])
    owners = np.zeros(parts, dtype=np.intp)
    owners[part] = owner
    return divide(rng, pairs, middles, owners, counts)


def _within(graph: csr_array, owner: Indexes) -> csr_array:
    """The graph without the edges between different owners."""
    table = coo_array(graph)
    same = owner[table.row] == owner[table.col]
    kept = (table.data[same], (table.row[same], table.col[same]))
    return csr_array(coo_array(kept, shape=graph.shape))


def _spread(rng: np.random.Generator, sites: Points, cells: Indexes, count: int) -> Indexes:
    """Seeds far from each other: each next one where the others are furthest (with some luck)."""
    chosen = [int(rng.choice(cells))]
    gap = np.full(len(cells), np.inf)
    # Measured in the cells' own spacing, so that a town's small cells get their seeds too.
    near, _ = cKDTree(sites).query(sites[cells], k=4)
    spacing = near[:, 1:].mean(axis=1)
    while len(chosen) < min(count, len(cells)):
        gap = np.minimum(gap, np.hypot(*(sites[cells] - sites[chosen[-1]]).T) / spacing)
        chosen.append(int(cells[np.argmax(gap * rng.uniform(0.6, 1.0, len(cells)))]))
    return np.array(chosen)


def _middles(sites: Points, part: Indexes, count: int) -> Indexes:
    """The cell of each part that is nearest to the part's mean."""
    size = np.bincount(part, minlength=count)
    mean = np.column_stack([np.bincount(part, sites[:, a], count) / size for a in (0, 1)])
    away = np.hypot(*(sites - mean[part]).T)
    order = np.lexsort((away, part))
    first = np.searchsorted(part[order], np.arange(count))
    return order[first]
