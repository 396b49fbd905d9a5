"""Times as people read them: in the district's zone, with ages in words.

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

MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400


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

    def age(self, ms: int | None) -> str:
        """How long ago: "3 秒前". A moment ahead of our clock is 0 s ago, None "never heard"."""
        if ms is None:
            return self.t("never heard")
        return self.t("{span} ago", span=self.span(self.now - ms))

    def span(self, ms: float) -> str:
        """A length of time in its largest fitting unit."""
        seconds = max(0, int(ms // 1000))
        if seconds < MINUTE_S:
            return self.t("{n} s", n=seconds)
        if seconds < HOUR_S:
            return self.t("{n} min", n=seconds // MINUTE_S)
        if seconds < DAY_S:
            return self.t("{n} h", n=seconds // HOUR_S)
        return self.t("{n} d", n=seconds // DAY_S)

    def moment(self, ms: int) -> str:
        """The time of day today; with its date when it is another day."""
        moment, today = self.local(ms), self.local(self.now)
        if moment.date() == today.date():
            return moment.strftime("%H:%M:%S")
        return moment.strftime("%m-%d %H:%M" if moment.year == today.year else "%Y-%m-%d %H:%M")

    def since(self, ms: int) -> str:
        """Since when, and how long that is."""
        moment, span = self.moment(ms), self.span(self.now - ms)
        return self.t("since {moment}, for {span}", moment=moment, span=span)
