"""What was drawn lately, shared by all who look: a list is drawn once, not once a visitor."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from dash import no_update
from plotly.io.json import to_json_plotly

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

#: As many variants (language, filter) as are kept.
MOST = 64


@dataclass(frozen=True)
class Drawn:
    """The parts of one drawing, and a digest that changes with them."""

    parts: tuple[Any, ...]
    digest: str

    @classmethod
    def of(cls, *parts: Any) -> Drawn:
        """Digest what was drawn."""
        return cls(parts, blake2b(to_json_plotly(parts).encode(), digest_size=8).hexdigest())

    def unless(self, known: object) -> tuple[Any, ...]:
        """The parts and their digest; nothing to do when the page shows just that.

        Dash makes new elements of whatever it is handed: a list that is redrawn for
        nothing takes the focus, and the button from under the finger.
        """
        if self.digest == known:
            return (no_update,) * (len(self.parts) + 1)
        return (*self.parts, self.digest)


@dataclass
class Kept:
    """Drawings by variant, each with what it was drawn from. Not thread-safe: one loop uses it.

    hold_s: a drawing is good for so long, whatever has changed.
    """

    hold_s: float = 0.0
    _drawn: dict[Hashable, tuple[float, Hashable, Drawn]] = field(default_factory=dict)

    def get(self, variant: Hashable, source: Hashable, draw: Callable[[], Drawn]) -> Drawn:
        """The drawing of a variant; drawn anew when it was drawn from another ``source``."""
        now = time.monotonic()
        kept = self._drawn.get(variant)
        if kept is not None and (kept[1] == source or now - kept[0] < self.hold_s):
            return kept[2]
        if len(self._drawn) >= MOST:
            self._drawn.clear()
        drawn = draw()
        self._drawn[variant] = (now, source, drawn)
        return drawn
