"""What every page, callback and endpoint is given: made once by ``app.web``, passed in.

SKELETON: the fields are the agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.live.feed import LiveFeed
    from app.settings import Settings
    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue
    from iot.ledger import Ledger
    from iot.picture import Picture
    from layers.context import MapContext


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
        """The live picture."""
        raise NotImplementedError

    def context(self) -> MapContext:
        """What a layer's card may look at, as of now."""
        raise NotImplementedError
