"""Lines as nature and surveyors draw them: smooth through control points, softened, warped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Points = NDArray[np.float64]


#: The most a warp may stretch; at 1 it could fold.
_STEEPEST = 0.9


def roughen(rng: np.random.Generator, ring: Points, rounds: int, share: float) -> Points:
    """A closed ring (n, 2) with displaced midpoints between its corners, as coasts have.

    Each round halves the pieces; a midpoint moves aside by about ``share`` of its piece.
    """
    for _ in range(rounds):
        step = np.roll(ring, -1, axis=0) - ring
        aside = np.column_stack([-step[:, 1], step[:, 0]])
        move = rng.normal(0.0, share, len(ring)).clip(-2 * share, 2 * share)
        middle = ring + 0.5 * step + aside * move[:, None]
        ring = np.stack([ring, middle], axis=1).reshape(-1, 2)
    return ring


def smooth_through(control: Points, *, closed: bool = False, steps: int = 12) -> Points:
    """A Catmull-Rom curve through (n, 2) control points, ``steps`` points a span."""
    if closed:
        around = np.vstack([control[-1], control, control[0], control[1]])
    else:
        around = np.vstack([2 * control[0] - control[1], control, 2 * control[-1] - control[-2]])
    before, start, end, after = around[:-3], around[1:-2], around[2:-1], around[3:]
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    curve = 0.5 * (
        2 * start[:, None]
        + (end - before)[:, None] * t
        + (2 * before - 5 * start + 4 * end - after)[:, None] * t**2
        + (3 * start - before - 3 * end + after)[:, None] * t**3
    )
    points = curve.reshape(-1, 2)
    return np.vstack([points, points[0] if closed else control[-1]])


def cut_corners(chain: Points, rounds: int = 2) -> Points:
    """Chaikin's corner cutting; the ends of the chain stay where they are."""
    for _ in range(rounds):
        if len(chain) < 3:
            return chain
        start, end = chain[:-1], chain[1:]
        cut = np.stack([0.75 * start + 0.25 * end, 0.25 * start + 0.75 * end], axis=1)
        chain = np.vstack([chain[0], cut.reshape(-1, 2)[1:-1], chain[-1]])
    return chain


@dataclass(frozen=True)
class Warp:
    """A smooth bending of the whole plane, so that nothing drawn on it stays straight.

    Each wave moves points by up to ``amplitude`` metres over a ``length`` in metres. The
    sum of ``2π · amplitude / length`` is kept below 1, so the plane is bent but never
    folded: borders that did not cross before do not cross after.

    waves: (k, 6): wave vector x, y; phase; amplitude; direction of movement x, y.
    """

    waves: Points

    @classmethod
    def draw(cls, rng: np.random.Generator, sizes: tuple[tuple[float, float], ...]) -> Warp:
        """Waves of random direction and phase for these (length, amplitude) pairs."""
        rows = []
        for length, amplitude in sizes:
            for share in (0.6, 0.4):  # two crossing waves, so that no ripple shows
                angle, move, phase = rng.uniform(0, 2 * np.pi, 3)
                k = 2 * np.pi / (length * rng.uniform(0.85, 1.2))
                rows.append(
                    (k * np.cos(angle), k * np.sin(angle), phase, amplitude * share,
                     np.cos(move), np.sin(move))
                )  # fmt: skip
        waves = np.array(rows)
        steepness = float((np.hypot(waves[:, 0], waves[:, 1]) * waves[:, 3]).sum())
        waves[:, 3] *= min(1.0, _STEEPEST / steepness)
        return cls(waves)

    def __call__(self, points: Points) -> Points:
        """Move (n, 2) points."""
        phase = points @ self.waves[:, :2].T + self.waves[:, 2]
        return points + (np.sin(phase) * self.waves[:, 3]) @ self.waves[:, 4:]
