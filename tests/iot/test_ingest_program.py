"""The program as it runs: a real broker, messages of a stranger, what is stored and told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.iot.brokers import Listener, RunningBroker, eventually
from tests.iot.intake import (
    COVER,
    GATEWAY,
    RunningIngest,
    deltas,
    heartbeats,
    now_ms,
    payload,
    write_map,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READINGS, STATUS = f"onemap/v1/{GATEWAY}/readings", f"onemap/v1/{GATEWAY}/status"


@pytest.fixture
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    running = RunningBroker(getattr(request, "param", "mosquitto"), tmp_path / "data")
    try:
        running.start()
        yield running
    finally:
        running.stop()
        print(running.log.read_text())


@pytest.fixture
def ingest(broker: RunningBroker, tmp_path: Path) -> Iterator[RunningIngest]:
    write_map(tmp_path / "data" / "onemap.gpkg")
    running = RunningIngest(broker, tmp_path / "data")
    try:
        running.start()
        yield running
    finally:
        assert running.process is not None
        if running.process.poll() is None:
            running.stop()
        print(running.log.read_text())


def internal(broker: RunningBroker, name: str = "test-web") -> Listener:
    return Listener(broker, name, "onemap-internal", broker.password)


@pytest.mark.parametrize("broker", ["mosquitto", "amqtt"], indirect=True)
def test_reading_is_stored_told_and_alerts(broker: RunningBroker, ingest: RunningIngest) -> None:
    with internal(broker) as web, Listener(broker, "gateway") as gateway:
        web.subscribe("onemap/v1/live/#")
        began = now_ms()
        gateway.publish(STATUS, b'{"state": "online"}', retain=True)
        gateway.publish(READINGS, payload(COVER, began, tilt=45, open=False))
        eventually(lambda: any(delta.alerts for delta in deltas(web)), "an alert is told")
        alert = next(delta.alerts[0] for delta in deltas(web) if delta.alerts)
        assert (alert.component, alert.rule, alert.level) == (COVER, "01003.tilt", "red")
        assert (alert.opened_at, alert.value, alert.state) == (began, 45.0, "open")
        assert "45.0°" in alert.text

        gateway.publish(READINGS, payload(COVER, began + 10, tilt=3))
        eventually(
            lambda: any(a.cleared_at for d in deltas(web) for a in d.alerts), "it is cleared"
        )
        eventually(lambda: len(heartbeats(web)) > 1, "heartbeats")
    assert [event.kind for event in ingest.ledger.events(alert.id)] == ["opened", "cleared"]
    stored = ingest.ledger.readings(COVER, "tilt", 0, 2**53)
    assert [(ts, value) for ts, value, _ in stored] == [(began, 45.0), (began + 10, 3.0)]
    assert [d.seq for d in deltas(web)] == list(range(1, len(deltas(web)) + 1))
    beat = heartbeats(web)[-1]
    assert beat.store_ok
    assert beat.counters["readings"] == 3
    components, _, gateways = ingest.ledger.picture()
    assert components[0].values["open"].value is False
    assert [(each.name, each.presence) for each in gateways] == [(GATEWAY, 1)]


BAD = {
    "not_json": b"not json",
    "empty": b"",
    "not_utf8": b'{"id": "\xff"}',
    "missing_id": b'{"values": {"tilt": 1}}',
    "missing_values": b'{"id": "%s"}' % COVER.encode(),
    "wrong_type": payload(COVER, tilt="steep"),
    "unknown_component": payload("1", x=1),
    "unknown_class": payload("3205079999900001", x=1),
    "unknown_metric": payload(COVER, x=1),
    "not_a_number": b'{"id": "%s", "values": {"tilt": NaN}}' % COVER.encode(),
    "out_of_range": payload(COVER, tilt=181),
    "bad_time": payload(COVER, "2026-07-01T08:00:00", tilt=1),
    "future_time": payload(COVER, 4_000_000_000, tilt=1),
    "too_old": payload(COVER, 1_500_000_000, tilt=1),
    "too_large": b'{"id": "' + b"x" * 10_000_000 + b'"}',
}


def test_what_is_bad_is_refused_by_name_and_nothing_stored(
    broker: RunningBroker, ingest: RunningIngest
) -> None:
    with internal(broker) as web, Listener(broker, "gateway") as gateway:
        web.subscribe("onemap/v1/live/heartbeat")
        gateway.subscribe(f"onemap/v1/{GATEWAY}/rejected")
        for body in BAD.values():
            gateway.publish(READINGS, body)
        gateway.publish(STATUS, b'{"state": "asleep"}')
        eventually(lambda: len(gateway.got) > len(BAD), "a refusal for each")
        told = [json.loads(body) for _, body in gateway.got]
        assert [each["reason"] for each in told] == [*BAD, "wrong_type"]
        for each in told:
            assert set(each) >= {"reason", "detail", "topic", "received", "sample"}
            assert len(each["sample"]) <= 200
        wanted = len(BAD) + 1
        eventually(
            lambda: any(beat.counters["rejected"] == wanted for beat in heartbeats(web)),
            "a heartbeat after them",
        )
        counters = heartbeats(web)[-1].counters
        assert {f"rejected.{reason}" for reason in BAD} <= set(counters)
        assert counters[f"rejected_by.not_json.{GATEWAY}"] == 1
        assert counters["readings"] == 0
        gateway.publish(READINGS, payload(COVER, tilt=1))
        eventually(lambda: ingest.ledger.readings(COVER, "tilt", 0, 2**53), "a good one is stored")
    assert len(ingest.ledger.picture()[0]) == 1
