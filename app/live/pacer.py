"""At once when it is quiet, and never more often than agreed."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

#: The stream's bound: ten times a second.
INTERVAL_S = 0.1


@dataclass
class Pacer:
    """Calls ``tick`` on the running event loop soon after ``poke``.

    The interval is counted from the end of the last tick, so that one that takes
    long is not followed at once by the next.
    """

    tick: Callable[[], None]
    interval_s: float = INTERVAL_S
    _due: asyncio.TimerHandle | None = None
    _last: float = float("-inf")

    def poke(self) -> None:
        """There is something to do; many pokes before the tick are one."""
        if self._due is None:
            loop = asyncio.get_running_loop()
            delay = max(0.0, self._last + self.interval_s - loop.time())
            self._due = loop.call_later(delay, self._fire)

    def stop(self) -> None:
        """Forget what was due."""
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _fire(self) -> None:
        self._due = None
        try:
            self.tick()
        finally:
            self._last = asyncio.get_running_loop().time()
