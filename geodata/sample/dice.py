"""Chance that can be repeated: an own stream of random numbers for everything that is drawn."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Dice:
    """One seed for the whole district; asking for more of one thing changes nothing else."""

    seed: int

    def of(self, subject: str) -> np.random.Generator:
        """The stream for one subject, e.g. ``"roads"``; the same for the same seed."""
        return np.random.default_rng([self.seed, zlib.crc32(subject.encode())])
