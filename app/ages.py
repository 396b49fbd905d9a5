"""Times as people read them, in the district's zone. Ages are counted in the browser.

All times that come in are epoch milliseconds UTC.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from app.i18n import Translator


@dataclass(frozen=True)
class Clock:
    """One moment ``now`` (epoch ms UTC) seen from one zone in one language."""

    t: Translator
    now: int
    zone: tzinfo

    @classmethod
    def at_now(cls, t: Translator, zone: str = "Asia/Shanghai") -> Clock:
        """The clock of this moment."""
        return cls(t, time.time_ns() // 1_000_000, ZoneInfo(zone))

    def local(self, ms: int) -> datetime:
        """The moment in the district's zone."""
        return datetime.fromtimestamp(ms / 1000, UTC).astimezone(self.zone)

    def moment(self, ms: int) -> str:
        """The time of day today; with its date when it is another day."""
        moment, today = self.local(ms), self.local(self.now)
        if moment.date() == today.date():
            return moment.strftime("%H:%M:%S")
        return moment.strftime("%m-%d %H:%M" if moment.year == today.year else "%Y-%m-%d %H:%M")
