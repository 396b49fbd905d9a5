"""Moments: epoch milliseconds UTC inside, ISO 8601 with zone outside."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime

#: Epoch milliseconds that ``datetime`` can hold: years 1 to 9999.
_EARLIEST, _LATEST = -62_135_596_800_000, 253_402_300_799_999


def now_ms() -> int:
    """Epoch milliseconds UTC, now."""
    return time.time_ns() // 1_000_000


def iso(moment: int) -> str:
    """Epoch milliseconds as ISO 8601 in UTC, e.g. ``2026-11-23T12:14:07.250Z``."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def iso_or_none(moment: int | None) -> str | None:
    """As ``iso``; None stays None."""
    return None if moment is None else iso(moment)


def parse_moment(text: str) -> int:
    """ISO 8601 with a zone, or epoch milliseconds, as epoch milliseconds.

    In a query string ``+08:00`` arrives as `` 08:00`` when its plus was not
    escaped; that can only have been a plus.

    Raises:
        ValueError: a sentence that says what is accepted.
    """
    if re.fullmatch(r"-?\d+", text):
        moment = int(text)
        if not _EARLIEST <= moment <= _LATEST:
            raise ValueError(f"'{text}' is not a time in epoch milliseconds")
        return moment
    try:
        parsed = datetime.fromisoformat(re.sub(r" (\d\d:?\d\d)$", r"+\1", text))
    except ValueError:
        raise ValueError(
            f"'{text}' is not a time; give ISO 8601 with a zone, or epoch milliseconds"
        ) from None
    if parsed.tzinfo is None:
        raise ValueError(f"'{text}' has no zone; add Z or +08:00")
    return round(parsed.timestamp() * 1000)
