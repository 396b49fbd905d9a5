"""Notices that a new state of areas and places was published, and shows it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from geodata.atlas import Atlas
from geodata.errors import GeodataError

if TYPE_CHECKING:
    from pathlib import Path

    from app.services import Services

log = logging.getLogger(__name__)

#: How often the GeoPackage is asked for its version, seconds.
WATCH_S = 2.0


async def watch_atlas(services: Services, interval_s: float = WATCH_S) -> None:
    """For ever: when the published version is another one, open it and swap it in.

    What cannot be read is said once, and the last good state stays on the screen.
    """
    failing: str | None = None
    while True:
        await asyncio.sleep(interval_s)
        try:
            await _look(services)
            failing = None
        except Exception as error:
            if str(error) != failing:
                expected = isinstance(error, GeodataError)
                log.warning("atlas: keeping the last state: %s", error, exc_info=not expected)
            failing = str(error)


async def _look(services: Services) -> None:
    path = services.settings.geopackage
    if await asyncio.to_thread(Atlas.stamp, path) == services.atlas.version:
        return
    atlas = await asyncio.to_thread(open_warm, path)
    services.atlas = atlas
    await services.feed.show(atlas)
    log.info("atlas: showing version %s", atlas.version)


def open_warm(path: Path) -> Atlas:
    """The atlas with all its indices made: else the first who asks for one holds up the stream."""
    atlas = Atlas.open(path)
    atlas.warm()
    return atlas
