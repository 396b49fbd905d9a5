"""Nothing that was acknowledged is lost: killed, locked out, restarted, with a real Mosquitto."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from iot.tables import readings, series
from tests.iot.brokers import Listener, RunningBroker, eventually
from tests.iot.intake import (
    COVER,
    GATEWAY,
    RunningIngest,
    component_row,
    covers,
    heartbeats,
    now_ms,
    payload,
    write_map,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READINGS = f"onemap/v1/{GATEWAY}/readings"


@pytest.fixture
def ingest(tmp_path: Path) -> Iterator[RunningIngest]:
    write_map(tmp_path / "data" / "onemap.gpkg", covers(50))
    broker = RunningBroker("mosquitto", tmp_path / "data")
    broker.start()
    running = RunningIngest(broker, tmp_path / "data")
    try:
        running.start()
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()
        broker.stop()
        print(running.log.read_text(), broker.log.read_text())


class Load:
    """A gateway that publishes as fast as the broker takes it, and notes what the broker took."""

    def __init__(self, broker: RunningBroker) -> None:
        self.sent: dict[int, tuple[str, int]] = {}
        self.acknowledged: set[tuple[str, int]] = set()
        self._stop = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="load")
        self._client.max_inflight_messages_set(200)
        self._client.on_publish = lambda _c, _u, mid, _r, _p: self.acknowledged.add(self.sent[mid])
        self._client.connect("127.0.0.1", broker.port)
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Load:
        self._client.loop_start()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        eventually(lambda: len(self.acknowledged) == len(self.sent), "all are acknowledged", 20)
        self._client.disconnect()
        self._client.loop_stop()

    def _run(self) -> None:
        codes = [each["code"] for each in covers(50)]
        began, count = now_ms(), 0
        while not self._stop.is_set() and count < 30_000:
            code, ts = codes[count % len(codes)], began - 60_000 + count
            body = payload(code, ts, tilt=count % 60)
            self.sent[self._client._mid_generate() + 1] = (code, ts)
            self._client.publish(READINGS, body, qos=1)
            count += 1
            if count % 50 == 0:
                time.sleep(0.02)


def stored(ingest: RunningIngest) -> set[tuple[str, int]]:
    query = select(series.c.component, readings.c.ts).join(series)
    with ingest.ledger.engine.connect() as connection:
        return {(component, ts) for component, ts in connection.execute(query)}


def test_killed_under_load_loses_nothing_and_stores_nothing_twice(ingest: RunningIngest) -> None:
    with Load(ingest.broker) as load:
        for _ in range(2):
            before = len(stored(ingest))
            eventually(lambda known=before: len(stored(ingest)) > known, "readings are stored")
            ingest.kill()
            time.sleep(0.3)
            ingest.start()
    eventually(lambda: len(stored(ingest)) >= len(load.acknowledged), "the backlog is taken", 30)
    assert stored(ingest) == load.acknowledged
    with ingest.ledger.engine.connect() as connection:
        count = connection.execute(select(func.count()).select_from(readings)).scalar_one()
    assert count == len(load.acknowledged)
    open_alerts = ingest.ledger.alerts()
    assert len({(alert.component, alert.rule) for alert in open_alerts}) == len(open_alerts)


def test_locked_store_is_said_and_nothing_is_lost(ingest: RunningIngest) -> None:
    codes = [each["code"] for each in covers(50)]
    other = sqlite3.connect(ingest.data / "onemap.db", isolation_level=None)
    web = Listener(ingest.broker, "test-web", "onemap-internal", ingest.broker.password)
    began = now_ms()
    with web, Listener(ingest.broker, "gateway") as gateway:
        web.subscribe("onemap/v1/live/#")
        other.execute("BEGIN IMMEDIATE")
        for code in codes:
            gateway.publish(READINGS, payload(code, began, tilt=1))
        eventually(lambda: any(not beat.store_ok for beat in heartbeats(web)), "it is said", 20)
        said = next(beat for beat in heartbeats(web) if not beat.store_ok)
        assert "locked" in (said.problem or "")
        assert stored(ingest) == set()
        other.execute("ROLLBACK")
        other.close()
        eventually(lambda: len(stored(ingest)) == len(codes), "all are stored", 20)
        eventually(lambda: heartbeats(web)[-1].store_ok, "all is well again")


def test_stopped_in_order_with_a_new_map_in_between(ingest: RunningIngest) -> None:
    with Listener(ingest.broker, "gateway") as gateway:
        gateway.subscribe(f"onemap/v1/{GATEWAY}/rejected")
        gateway.publish(READINGS, payload(COVER, tilt=1))
        eventually(lambda: gateway.got, "not on the map yet")
        write_map(ingest.data / "onemap.gpkg", [*covers(50), component_row(COVER, "01003")])
        eventually(lambda: "51 components" in ingest.log.read_text(), "the map is read anew", 20)
        gateway.publish(READINGS, payload(COVER, now_ms(), tilt=1))
        eventually(lambda: len(stored(ingest)) == 1, "it is taken now")
    assert ingest.stop() == 0


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: (data / "onemap.gpkg").unlink(missing_ok=True), "onemap.gpkg"),
        (lambda data: (data / "onemap.gpkg").write_bytes(b"no map" * 100), "onemap.gpkg"),
        (lambda data: (data / "onemap.db").write_bytes(b"no store" * 100), "onemap.db"),
    ],
    ids=["no map", "damaged map", "damaged store"],
)
def test_what_it_cannot_start_without_is_one_line(tmp_path: Path, spoil: object, says: str) -> None:
    data = tmp_path / "data"
    write_map(data / "onemap.gpkg")
    spoil(data)  # type: ignore[operator]
    ingest = RunningIngest(RunningBroker("mosquitto", data), data)
    ingest.start(ready=False)
    assert ingest.process is not None
    assert ingest.process.wait(30) == 1
    said = ingest.log.read_text()
    assert says in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1
