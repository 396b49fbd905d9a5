"""Times as gateways write them, to epoch milliseconds UTC."""

from __future__ import annotations

from datetime import datetime

from iot.rejections import Rejected, shown

#: Below this a number is seconds (it would be the year 5138), from it on milliseconds (1973).
SECONDS_BELOW = 1e11

#: 2000-01-01: what is before is a device that lost its clock, not a time.
EARLIEST_MS = 946_684_800_000


def epoch_ms(ts: object, where: str = "'ts'") -> int:
    """Epoch seconds, epoch milliseconds or ISO 8601 with zone, to epoch milliseconds UTC.

    Raises:
        Rejected: ``bad_time``; a text without a zone is refused, it could be anyone's noon.
    """
    if isinstance(ts, str):
        return _from_text(ts, where)
    if isinstance(ts, bool) or not isinstance(ts, int | float):
        raise Rejected("bad_time", where=where, found=shown(ts))
    # Compared before anything else: a whole number of 400 digits fits into no float.
    if not 0 < ts < 1e15:
        raise Rejected("bad_time", where=where, found=shown(ts))
    ms = round(ts * 1000) if ts < SECONDS_BELOW else int(ts)
    if ms < EARLIEST_MS:
        raise Rejected("bad_time", where=where, found=f"{shown(ts)}, a time before the year 2000")
    return ms


def _from_text(ts: str, where: str) -> int:
    try:
        moment = datetime.fromisoformat(ts)
    except ValueError:
        raise Rejected("bad_time", where=where, found=shown(ts)) from None
    if moment.tzinfo is None:
        raise Rejected("bad_time", where=where, found=f"{shown(ts)}, a time without its zone")
    try:
        ms = round(moment.timestamp() * 1000)
    except (OverflowError, ValueError):
        ms = 0
    if ms < EARLIEST_MS:
        raise Rejected("bad_time", where=where, found=f"{shown(ts)}, a time before the year 2000")
    return ms
