"""``onemap ingest``: the only consumer of readings. Wiring only."""

from __future__ import annotations

import gc
import logging
import signal
from typing import TYPE_CHECKING, Any, Protocol

from geodata.atlas import Atlas
from iot.catalogue import Catalogue
from iot.codecs import find_codecs
from iot.ingest.announcer import Announcer
from iot.ingest.checks import Limits
from iot.ingest.chores import Forgetting, Publications, build_registry, component_rows
from iot.ingest.inbox import Inbox
from iot.ingest.processor import Processor
from iot.ingest.pulse import Pulse
from iot.ingest.tally import Tally
from iot.ingest.worker import Worker, now_ms
from iot.ingest.writer import Writer
from iot.ledger import Ledger
from iot.mqtt import MqttClient
from store.engine import open_engine
from store.migrate import migrate

if TYPE_CHECKING:
    from pathlib import Path

    from iot.settings import IntakeSettings, MqttSettings

log = logging.getLogger(__name__)

#: The broker knows our session, and what we have not acknowledged, by this name: there is
#: one ingest at a broker.
CLIENT_ID = "onemap-ingest"
#: More alerts than this are not open at once.
_ALL = 10_000_000


class IngestSettings(Protocol):
    """What ``app.settings.Settings`` has for us."""

    @property
    def mqtt(self) -> MqttSettings: ...
    @property
    def intake(self) -> IntakeSettings: ...
    @property
    def store_url(self) -> str: ...
    @property
    def geopackage(self) -> Path: ...


def run(settings: IngestSettings) -> int:
    """Take readings in until SIGTERM or SIGINT; the exit code.

    0: everything that was taken is stored. 1: a batch is left to the broker.

    Raises:
        CatalogueError, AtlasUnavailableError, StoreUnavailableError: it cannot start.
    """
    catalogue = Catalogue.read(settings.intake.catalogue)
    atlas = Atlas.open(settings.geopackage)
    engine = open_engine(settings.store_url)
    migrate(engine)
    ledger, writer, tally = Ledger(engine), Writer(engine), Tally()
    registry = build_registry(component_rows(atlas), catalogue)
    codecs = find_codecs()
    processor = Processor(registry, codecs, Limits.of(settings.intake))
    components, alerts, gateways = ledger.picture()
    processor.load(components, gateways, ledger.rule_states())
    writer.load(registry.components)

    inbox = Inbox(settings.intake.max_payload)
    client = _client(settings, [codec.topic for codec in codecs.values()])
    announcer = Announcer(client, tally)
    worker = Worker(inbox, processor, writer, announcer, tally, settings.intake, client.acknowledge)
    client.on_message, client.on_state = inbox.put, worker.connection

    def replace(rows: list[dict[str, Any]]) -> None:
        # The store is asked first: when it does not answer, nothing has changed yet.
        open_alerts = ledger.alerts(limit=_ALL)
        processor.reload(build_registry(rows, catalogue, processor.registry))
        worker.settle(processor.reconcile(open_alerts, now_ms()))

    worker.add_chore(Forgetting(ledger, settings.intake.history_h))
    worker.add_chore(Publications(settings.geopackage, catalogue, atlas.version, replace))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    log.info("ingest: %d components of map %s", len(registry.components), atlas.version)
    worker.settle(processor.reconcile(alerts, now_ms()))
    return _work(client, worker, Pulse(announcer, worker), inbox)


def _work(client: MqttClient, worker: Worker, pulse: Pulse, inbox: Inbox) -> int:
    """From connecting to leaving in order: the batch at hand, then the broker."""
    _spare_the_collector()
    client.start()
    pulse.start()
    stored = False
    try:
        stored = worker.run()
    finally:
        inbox.close()
        pulse.stop()
        client.stop()
        log.info("ingest: stopped%s", "" if stored else ", a batch is left to the broker")
    return 0 if stored else 1


def _spare_the_collector() -> None:
    """What was loaded stays, and batches are freed by their counts: looking for cycles in a
    hundred thousand rows again and again costs a fifth of the time and finds nothing."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _client(settings: IngestSettings, topics: list[str]) -> MqttClient:
    subscriptions = [(f"onemap/v1/+/{topic}", 1) for topic in topics]
    return MqttClient(
        url=settings.mqtt.address,
        client_id=CLIENT_ID,
        subscriptions=[*subscriptions, ("onemap/v1/+/status", 1)],
        user=settings.mqtt.user,
        password=settings.mqtt.password,
        durable=True,
        manual_ack=True,
        receive_maximum=settings.intake.receive_maximum,
    )
