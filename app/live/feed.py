"""The live feed: what ingest tells over the broker, taken into the picture and passed on.

The picture belongs to the event loop's thread. At the start, and whenever something was
missed, it is read anew from the store, in a thread: the subscription stands before, what
arrives meanwhile is taken in at once and once more afterwards. That is safe because
taking in is idempotent: values go by event time, alerts by revision.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import msgspec

from app.clock import iso, iso_or_none, now_ms
from app.live.changes import Changes, events
from app.live.columns import LiveColumns, standing_of
from app.live.continuity import Continuity
from app.live.pacer import Pacer
from app.live.snapshot import encode_snapshot
from app.live.stream import Hub
from app.live.vitals import Vitals
from app.live.wire import Told, Wire
from iot.alerts import Alert
from iot.live import HEARTBEAT_S, Delta, Heartbeat
from iot.picture import Picture

if TYPE_CHECKING:
    from app.live.columns import Standing
    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue
    from iot.ledger import Ledger
    from iot.settings import MqttSettings

log = logging.getLogger(__name__)

#: Between two readings of the store: at least this, and twice what the last one took, seconds.
READ_PAUSE_S = 0.5


class LiveFeed:
    """Owns the picture, its columns and the stream; ``start`` and ``stop`` on the event loop.

    picture: the live picture; replaced whole when it was read anew, so read it once a request.
    columns: the same as arrays, for the components of the atlas.
    stream: the connections of the browsers.
    vitals: how old all this is, and why.
    reads: how often the store was read whole.
    wire: the connection to ingest.
    """

    def __init__(
        self, settings: MqttSettings, ledger: Ledger, atlas: Atlas, catalogue: Catalogue
    ) -> None:
        self.picture = Picture()
        self._standing = standing_of(atlas)
        self.columns = LiveColumns.build(self._standing, self.picture)
        self.vitals = Vitals(started=now_ms())
        self.stream = Hub(self._heartbeat_data)
        self.reads = 0
        self._ledger = ledger
        self._catalogue = catalogue
        self._continuity = Continuity()
        self._changes = Changes()
        self._pacer = Pacer(self._tick)
        self._meanwhile: list[Delta | Alert] | None = None
        self._read_wanted = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self.wire = Wire(settings, self._take, self._connection)

    async def start(self) -> None:
        """Connect, and begin to read the store; returns before either is done."""
        self._loop = asyncio.get_running_loop()
        self._read_wanted.set()
        self._tasks = [
            asyncio.create_task(self._keep_reading(), name="live-read"),
            asyncio.create_task(self._keep_beating(), name="live-heartbeat"),
        ]
        self.wire.start(self._loop)

    async def stop(self) -> None:
        """End the connections to browsers and broker."""
        self.stream.close()
        self._pacer.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.to_thread(self.wire.stop)

    def snapshot(self) -> bytes:
        """The picture for a browser. What waits for the next tick is sent before: none is lost."""
        self._flush()
        return encode_snapshot(
            self.columns,
            self._catalogue,
            epoch=self.stream.epoch,
            seq=self.stream.seq,
            at=now_ms(),
        )

    def announce(self, alert: Alert) -> None:
        """An alert that this program changed: into the picture, and to the other programs."""
        self.take_alert(alert)
        self.wire.tell(alert)

    async def show(self, atlas: Atlas) -> None:
        """A new state of the atlas: rows anew, and every browser fetches the snapshot again."""
        self._standing = await asyncio.to_thread(standing_of, atlas)
        self._read_wanted.set()

    def _connection(self, connected: bool, reason: str) -> None:
        self.vitals.connection(connected, reason, now_ms())
        self._continuity.forget()

    def _take(self, told: Told) -> None:
        try:
            if isinstance(told, Alert):
                self.take_alert(told)
            elif isinstance(told, Delta):
                self.take_delta(told)
            else:
                self.take_heartbeat(told)
        except Exception:
            log.exception("live: taking in a %s failed", type(told).__name__)
            self._read_wanted.set()

    def take_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Ingest is alive; when its numbering is ahead of ours, something was missed."""
        now = now_ms()
        self.vitals.heartbeat(heartbeat, now)
        if self._continuity.heartbeat(heartbeat.epoch, heartbeat.seq, now) == "gap":
            self._read_wanted.set()

    def take_delta(self, delta: Delta) -> None:
        """Into the picture, whatever its number: taking in is idempotent."""
        if self._continuity.delta(delta.epoch, delta.seq, now_ms()) == "gap":
            self._read_wanted.set()
        if self._meanwhile is not None:
            self._meanwhile.append(delta)
        for alert in delta.alerts:
            self._apply_alert(alert)
        delta = msgspec.structs.replace(delta, alerts=[])
        changed = self.picture.apply(delta)
        self.columns.update(changed, self.picture)
        self._changes.delta(delta, changed, self.picture)
        self._changed()

    def take_alert(self, alert: Alert) -> None:
        """An alert changed by a person, here or through another web program."""
        if self._meanwhile is not None:
            self._meanwhile.append(alert)
        self._apply_alert(alert)
        self._changed()

    def _apply_alert(self, alert: Alert) -> None:
        if self.picture.apply_alert(alert):
            self.columns.update((alert.component,), self.picture)
            self._changes.alert(alert)

    def _changed(self) -> None:
        if self._changes:
            self._pacer.poke()

    def _tick(self) -> None:
        changes, self._changes = self._changes, Changes()
        standing = self.columns.standing
        try:
            for event, data in events(changes, self.picture, standing, self._catalogue):
                self.stream.publish(event, {"seq": self.stream.seq + 1, **data})
        except Exception:
            log.exception("live: telling the browsers what changed failed")
            self._resync()

    def _flush(self) -> None:
        self._pacer.stop()
        self._tick()

    def _resync(self) -> None:
        """Nothing that waited counts any more: the snapshot has it."""
        self._changes = Changes()
        self.stream.resync()

    async def _keep_beating(self) -> None:
        while True:
            try:
                self.stream.beat()
            except Exception:
                log.exception("live: a heartbeat could not be sent")
            await asyncio.sleep(HEARTBEAT_S)

    async def _keep_reading(self) -> None:
        """Read the store whenever that is wanted, and never more than a third of the time."""
        loop = asyncio.get_running_loop()
        while True:
            await self._read_wanted.wait()
            self._read_wanted.clear()
            began = loop.time()
            problem = await self._try_reading()
            self.vitals.store_read(problem, now_ms())
            if problem is None:
                self.reads += 1
            else:
                self._read_wanted.set()
            await asyncio.sleep(max(READ_PAUSE_S, 2 * (loop.time() - began)))

    async def _try_reading(self) -> str | None:
        """What went wrong, in a line; None when all went well."""
        self._meanwhile = []
        try:
            picture, columns = await asyncio.to_thread(self._load, self._standing)
            self._take_over(picture, columns, self._meanwhile)
        except Exception as error:
            if self.vitals.read_problem is None:
                log.exception("live: cannot read the store; trying until it answers")
            return f"{type(error).__name__}: {error}".splitlines()[0]
        finally:
            self._meanwhile = None
        return None

    def _load(self, standing: Standing) -> tuple[Picture, LiveColumns]:
        picture = Picture()
        picture.load(*self._ledger.picture())
        return picture, LiveColumns.build(standing, picture)

    def _take_over(
        self, picture: Picture, columns: LiveColumns, meanwhile: list[Delta | Alert]
    ) -> None:
        changed: set[str] = set()
        for told in meanwhile:
            if isinstance(told, Delta):
                changed |= picture.apply(told)
            elif picture.apply_alert(told):
                changed.add(told.component)
        columns.update(changed, picture)
        self.picture, self.columns = picture, columns
        self._resync()

    def _heartbeat_data(self) -> dict[str, Any]:
        now = now_ms()
        stale = self.vitals.staleness(now)
        return {
            "at": iso(now),
            "data_at": iso_or_none(self.vitals.data_at),
            "stale": stale is not None,
            "stale_since": None if stale is None else iso(stale.since),
            "cause": None if stale is None else stale.cause,
            "counts": self.columns.counts(),
            "alerts_open": len(self.picture.alerts),
            "atlas": self.columns.standing.version,
        }
