"""amqtt's log, kept readable: under load it writes a traceback for every slow acknowledgement."""

from __future__ import annotations

import logging
import time

#: The same complaint is told once in so many seconds.
EVERY_S = 10.0


class Sparing(logging.Filter):
    """Lets a complaint through in one line, and its repetitions as a number with the next."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, float] = {}
        self._kept: dict[str, int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """What it is about stands before the first colon; the rest differs each time."""
        about, _, _rest = record.getMessage().partition(":")
        now = time.monotonic()
        if now - self._told.get(about, -EVERY_S) < EVERY_S:
            self._kept[about] = self._kept.get(about, 0) + 1
            return False
        self._told[about] = now
        reason = record.exc_info[1] if record.exc_info else None
        kept = self._kept.pop(about, 0)
        more = f" (and {kept} more like it)" if kept else ""
        record.msg, record.args = f"amqtt: {about}{f': {reason}' if reason else ''}{more}", ()
        record.exc_info = record.exc_text = None
        return True
