"""``/healthz`` and ``/metrics``: what is well, what is not, and how much of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from iot.broker.info import BrokerInfo, write_info
from tests.app.conftest import now, open_alert, wait_until
from tests.app.small import COVERS

if TYPE_CHECKING:
    from tests.app.conftest import FakeIngest, Running


def metrics(running: Running) -> dict[tuple[str, ...], float]:
    """(sample name, label values in the order of their names…) -> value."""
    text = running.get("/metrics").text
    return {
        (sample.name, *(text for _, text in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_without_a_broker_it_is_503_that_names_it(running: Running) -> None:
    wait_until("tried", lambda: running.services.feed.vitals.connection_changed)
    answer = running.get("/healthz")
    assert answer.status_code == 503
    body = answer.json()
    assert "broker" in body["status"]
    assert body["broker"]["ok"] is False
    assert "cannot connect" in body["broker"]["problem"]
    assert body["store"] == {"ok": True}
    assert body["components"] == 6


def test_broker_without_ingest_then_with_then_gone(live: Running, ingest: FakeIngest) -> None:
    body = live.get("/healthz").json()
    assert body["status"] == "failing: stream"
    assert body["broker"]["ok"] is True
    ingest.heartbeat()
    wait_until("well", lambda: live.get("/healthz").status_code == 200)
    body = live.get("/healthz").json()
    assert body["status"] == "ok"
    assert body["stream"]["age_s"] < 3
    wait_until("stale", lambda: live.get("/healthz").status_code == 503)
    body = live.get("/healthz").json()
    assert (body["status"], body["stream"]["ok"]) == ("failing: stream", False)


def test_a_store_that_ingest_cannot_write_is_named(live: Running, ingest: FakeIngest) -> None:
    ingest.heartbeat(store_ok=False, problem="database or disk is full")
    body = wait_until(
        "named",
        lambda: (told := live.get("/healthz").json())["store"].get("problem") and told,
    )
    assert body["status"] == "failing: store, stream"
    assert body["store"] == {"ok": False, "problem": "database or disk is full"}


def test_the_kind_of_broker_is_told(running: Running) -> None:
    folder = running.services.settings.data / "broker"
    folder.mkdir()
    write_info(folder, BrokerInfo("amqtt", "0.12.1", "演示级", "mqtt://user:secret@host"))
    body = running.get("/healthz")
    broker = body.json()["broker"]
    assert (broker["kind"], broker["version"], broker["grade"]) == ("amqtt", "0.12.1", "演示级")
    assert "secret" not in body.text


def test_metrics_tell_what_ingest_counted(live: Running, ingest: FakeIngest) -> None:
    counters = {
        "messages": 12,
        "readings": 30,
        "late": 2,
        "rejected": 4,
        "rejected.not_json": 3,
        "rejected.future_time": 1,
        "rejected_by.not_json.gw.with.dots": 3,
    }
    ingest.heartbeat(counters=counters)
    wait_until("counted", lambda: metrics(live)[("onemap_messages_total",)] == 12)
    told = metrics(live)
    assert told[("onemap_readings_total",)] == 30
    assert told[("onemap_late_total",)] == 2
    assert told[("onemap_rejected_total", "not_json")] == 3
    assert told[("onemap_rejected_total", "future_time")] == 1
    assert told[("onemap_gateway_rejected_total", "gw.with.dots", "not_json")] == 3
    assert 0 <= told[("onemap_live_age_seconds",)] < 5
    assert told[("process_resident_memory_bytes",)] > 1e6
    ingest.epoch = "restarted"
    ingest.heartbeat(counters={"messages": 3})
    wait_until("added", lambda: metrics(live)[("onemap_messages_total",)] == 15)


def test_metrics_tell_the_picture(running: Running) -> None:
    running.services.feed.vitals.started = now()
    alert = open_alert(running.services, COVERS[0])
    feed = running.services.feed
    assert feed._loop is not None
    feed._loop.call_soon_threadsafe(feed.take_alert, alert)
    wait_until("taken", lambda: metrics(running)[("onemap_alerts_open", "red")] == 1)
    told = metrics(running)
    assert told[("onemap_alerts_open", "blue")] == 0
    assert told[("onemap_components", "unknown")] == 6
    assert told[("onemap_components", "online")] == 0
    assert told[("onemap_stream_clients",)] == 0
