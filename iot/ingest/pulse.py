"""The heartbeat: on a thread of its own, so that it beats while the worker waits for the store."""

from __future__ import annotations

import logging
from threading import Event, Thread
from typing import TYPE_CHECKING

from iot.ingest.worker import now_ms
from iot.live import HEARTBEAT_S

if TYPE_CHECKING:
    from iot.ingest.announcer import Announcer
    from iot.ingest.worker import Worker

log = logging.getLogger(__name__)

#: A worker that has not come round for so long is no longer called well, seconds. Longer than
#: reading a new state of a large map takes.
STUCK_S = 15.0


class Pulse:
    """Beats once in HEARTBEAT_S from ``start`` to ``stop``."""

    def __init__(self, announcer: Announcer, worker: Worker) -> None:
        self._announcer = announcer
        self._worker = worker
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="pulse", daemon=True)

    def start(self) -> None:
        """Begin to beat."""
        self._thread.start()

    def stop(self) -> None:
        """Beat no more."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(HEARTBEAT_S):
            try:
                self._announcer.heartbeat(now_ms(), self._problem())
            except Exception:
                log.exception("the heartbeat failed")

    def _problem(self) -> str | None:
        """What keeps readings from being taken in: a picture that stands still must say so."""
        stuck = self._worker.stuck_s
        if self._worker.problem is None and stuck > STUCK_S:
            return f"ingest has not moved for {stuck:.0f} s"
        return self._worker.problem
