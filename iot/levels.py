"""Alert levels, red above orange above yellow above blue (突发事件应对法, four-colour warning)."""

from __future__ import annotations

from enum import IntEnum
from typing import Literal

LevelName = Literal["red", "orange", "yellow", "blue"]


class Level(IntEnum):
    """Order is meaning: a higher number is more urgent. NONE is "no open alert"."""

    NONE = 0
    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def label(self) -> str | None:
        """The name in the contract, ``"red"`` …, or None for NONE."""
        return None if self is Level.NONE else self.name.lower()

    @classmethod
    def parse(cls, name: str) -> Level:
        """The level of that name. Raises ValueError that lists the choices."""
        try:
            level = cls[name.upper()]
        except KeyError:
            level = cls.NONE
        if level is cls.NONE:
            raise ValueError(f"unknown level '{name}'; choose red, orange, yellow or blue")
        return level
