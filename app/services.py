"""What every page, callback and endpoint is given: made once by ``app.web``, passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from layers.context import MapContext

if TYPE_CHECKING:
    from app.live.feed import LiveFeed
    from app.settings import Settings
    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue
    from iot.ledger import Ledger
    from iot.picture import Picture


@dataclass
class Services:
    """The running application's parts.

    atlas is replaced, never changed, when a new state is published; so read it once a request.
    feed owns the picture (changed only on the event loop's thread) and the SSE fan-out.
    """

    settings: Settings
    catalogue: Catalogue
    ledger: Ledger
    feed: LiveFeed
    atlas: Atlas

    @property
    def picture(self) -> Picture:
        """The live picture. Read it on the event loop only (``async def``), once a request."""
        return self.feed.picture

    def context(self, lang: str = "zh") -> MapContext:
        """What a layer's card may look at, as of now, in the district's time zone."""
        return MapContext(
            atlas=self.atlas,
            picture=self.picture,
            catalogue=self.catalogue,
            now=datetime.now(ZoneInfo(self.settings.timezone)),
            lang=lang,
        )
