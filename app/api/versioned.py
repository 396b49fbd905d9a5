"""What is computed once for each published state of the atlas, off the event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

T = TypeVar("T")


class Versioned(Generic[T]):
    """Values by key for the newest version asked for; those of the version before are dropped.

    Used on the event loop's thread only. Requests that come while a value is being
    built wait for that one building.
    """

    def __init__(self) -> None:
        self._version: str | None = None
        self._building: dict[Hashable, asyncio.Future[T]] = {}

    async def get(self, version: str, key: Hashable, build: Callable[[], T]) -> T:
        """The value of that key, built in a thread when it is not there yet.

        A building that fails raises in everyone who waits for it, and is tried again
        by the next who asks.
        """
        if version != self._version:
            self._version, self._building = version, {}
        building = self._building
        if key not in building:
            building[key] = asyncio.ensure_future(asyncio.to_thread(build))
        try:
            # Shielded: one client that hangs up must not cancel what others wait for.
            return await asyncio.shield(building[key])
        except Exception:
            building.pop(key, None)
            raise
