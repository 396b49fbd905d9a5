"""Whose turn it is to report: round robin by due time, sooner where something goes on."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Turns:
    """A queue of component codes by due time (any clock's seconds).

    interval: seconds from one turn of a component to its next.
    """

    interval: Callable[[str], float]
    _due: dict[str, float] = field(default_factory=dict, init=False)
    _heap: list[tuple[float, str]] = field(default_factory=list, init=False)

    def __len__(self) -> int:
        return len(self._due)

    def put(self, code: str, due: float) -> None:
        """Give a component its turn at ``due``, instead of any it had."""
        self._due[code] = due
        heapq.heappush(self._heap, (due, code))

    def hasten(self, code: str, due: float) -> None:
        """Bring a component's turn forward to ``due``; later than it has changes nothing."""
        if code in self._due and due < self._due[code]:
            self.put(code, due)

    def take(self) -> str | None:
        """The component whose turn is next, which goes to the back; None when there is none."""
        while self._heap:
            due, code = heapq.heappop(self._heap)
            if self._due.get(code) == due:
                self.put(code, due + self.interval(code))
                return code
        return None
