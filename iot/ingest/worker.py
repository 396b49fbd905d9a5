"""The one loop of ingest: take a batch, decide, store, acknowledge, tell. In this order.

When the store does not take a batch, the batch is kept and tried again for as long as
it lasts: nothing is acknowledged meanwhile, so the broker keeps what comes.
"""

from __future__ import annotations

import logging
import time
from threading import Event
from typing import TYPE_CHECKING

from sqlalchemy.exc import SQLAlchemyError

from iot.live import HEARTBEAT_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from iot.alerts import Alert
    from iot.ingest.announcer import Announcer
    from iot.ingest.inbox import Inbox, Incoming
    from iot.ingest.outcome import Outcome
    from iot.ingest.processor import Processor
    from iot.ingest.tally import Tally
    from iot.ingest.writer import Writer, Written
    from iot.mqtt import Message
    from iot.settings import IntakeSettings

log = logging.getLogger(__name__)

RETRY_MIN_S, RETRY_MAX_S = 0.2, 5.0
#: By a clock that nobody sets: were it ours, an hour set back would be an hour without ticks.
_TICK_S = 1.0


def now_ms() -> int:
    """Our clock, epoch ms UTC."""
    return time.time_ns() // 1_000_000


class Worker:
    """Runs until stopped. For any thread: ``stop``, ``connection``, ``problem``, ``stuck_s``."""

    def __init__(
        self,
        inbox: Inbox,
        processor: Processor,
        writer: Writer,
        announcer: Announcer,
        tally: Tally,
        settings: IntakeSettings,
        acknowledge: Callable[[Sequence[Message]], None],
    ) -> None:
        self._inbox = inbox
        self.processor = processor
        self._writer = writer
        self._announcer = announcer
        self._tally = tally
        self._settings = settings
        self._acknowledge = acknowledge
        self._chores: list[Callable[[int], None]] = []
        self._stopping = Event()
        self._connected_since: int | None = None
        self._next_tick = 0.0
        self._moved = time.monotonic()
        self.problem: str | None = None

    def add_chore(self, chore: Callable[[int], None]) -> None:
        """Something to do about every second, given the time; it must not take long."""
        self._chores.append(chore)

    def connection(self, connected: bool, _reason: str) -> None:
        """Told by the MQTT client; for any thread."""
        self._connected_since = now_ms() if connected else None

    def stop(self) -> None:
        """Finish the batch at hand and return from ``run``; for any thread and signal handlers."""
        self._stopping.set()
        self._inbox.wake()

    @property
    def stuck_s(self) -> float:
        """For how long the loop has not come round, seconds."""
        return time.monotonic() - self._moved

    def run(self) -> bool:
        """Work until ``stop``. False when what was at hand could not be stored."""
        linger = self._settings.batch_ms / 1000
        while not self._stopping.is_set():
            self._moved = time.monotonic()
            wait = max(0.0, self._next_tick - self._moved)
            batch = self._inbox.take(self._settings.batch_size, linger, min(wait, HEARTBEAT_S))
            if batch and not self._batch(batch):
                return False
            if time.monotonic() >= self._next_tick and not self._tick():
                return False
        return True

    def settle(self, outcome: Outcome) -> bool:
        """Store an outcome, however long that takes, then tell it. False: stopped before."""
        written = self._store(outcome) if outcome.stores else None
        if outcome.stores and written is None:
            return False
        self._tell(outcome, written)
        return True

    def _batch(self, batch: list[Incoming]) -> bool:
        outcome = self.processor.process(batch, now_ms())
        written = self._store(outcome) if outcome.stores else None
        if outcome.stores and written is None:
            return False
        self._acknowledge([each.message for each in batch if each.message is not None])
        self._tally.add("batches")
        self._tell(outcome, written)
        return True

    def _tick(self) -> bool:
        now = now_ms()
        self._next_tick = time.monotonic() + _TICK_S
        self.processor.attendance.listening(self._connected_since)
        if not self.settle(self.processor.tick(now)):
            return False
        for chore in self._chores:
            try:
                chore(now)
            except SQLAlchemyError as error:
                log.warning("store: %s", _reason(error))
            except Exception:
                log.exception("a chore of ingest failed")
        return True

    def _store(self, outcome: Outcome) -> Written | None:
        """Try until it is stored; None only when we are told to stop before it is."""
        wait = RETRY_MIN_S
        while True:
            try:
                written = self._writer.write(outcome)
            except SQLAlchemyError as error:
                self._tally.add("store_failures")
                reason = _reason(error)
                if self.problem != reason:
                    log.error("store: nothing can be stored (%s); trying on", reason)
                self.problem = reason
                if self._stopping.wait(wait):
                    return None
                wait = min(RETRY_MAX_S, wait * 2)
                continue
            if self.problem is not None:
                log.info("store: takes readings again")
                self.problem = None
                if self._connected_since is not None:
                    # Meanwhile we were deaf: what waits at the broker is not silence.
                    self._connected_since = now_ms()
            return written

    def _tell(self, outcome: Outcome, written: Written | None) -> None:
        self._tally.outcome(outcome)
        alerts: list[Alert] = []
        if written is not None:
            alerts = written.alerts
            self._tally.add("duplicates", written.duplicates)
            for kind, count in written.events.items():
                self._tally.add(f"alerts_{kind}", count)
        self._announcer.delta(outcome.now, outcome.deltas(), alerts, outcome.gateways.values())
        self._announcer.refusals(outcome.refusals)


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
