"""What a layer's card may look at: the atlas, the live picture, the catalogue, today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue
    from iot.picture import Picture


@dataclass(frozen=True)
class MapContext:
    """Everything a card is made from.

    now: has a zone (the district's, Asia/Shanghai).
    lang: picks between texts that the data carry in both languages (the catalogue's
        names and rule texts); msgids are translated later, by the page.
    """

    atlas: Atlas
    picture: Picture
    catalogue: Catalogue
    now: datetime
    lang: str = "zh"
