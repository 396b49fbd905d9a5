"""Randomness as a pure function of a seed and a time: the same call, the same value."""

from __future__ import annotations

import math
import zlib

_MASK = (1 << 64) - 1


def unit(seed: int, n: int = 0) -> float:
    """A number in [0, 1) for (seed, n), evenly spread: splitmix64 (Steele et al., 2014)."""
    z = (seed * 0x9E3779B97F4A7C15 + (n + 1) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return ((z ^ (z >> 31)) >> 11) / (1 << 53)


def between(low: float, high: float, seed: int, n: int = 0) -> float:
    """A number in [low, high) for (seed, n)."""
    return low + (high - low) * unit(seed, n)


def drift(seed: int, t: float, period: float) -> float:
    """A smooth random curve in [-1, 1] that turns about once in ``period`` seconds."""
    step, part = divmod(t / period, 1.0)
    first, second = unit(seed, int(step)), unit(seed, int(step) + 1)
    ease = (1.0 - math.cos(math.pi * part)) / 2.0
    return 2.0 * (first + (second - first) * ease) - 1.0


def seed_of(text: str, seed: int) -> int:
    """A seed for a name, the same in every process (``hash`` is not)."""
    return zlib.crc32(text.encode()) ^ (seed * 0x9E3779B1 & 0xFFFFFFFF)
