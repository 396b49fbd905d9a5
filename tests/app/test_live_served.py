"""The live stream as a browser has it: real HTTP, a real Mosquitto, ingest's side of the wire."""

from __future__ import annotations

import json
import socket
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from app.api import live as live_api
from app.live import stream
from iot.live import ComponentDelta, GatewayState, Sample
from iot.presence import Presence
from tests.app.conftest import FakeIngest, Running, now, open_alert, wait_until
from tests.app.small import COVERS
from tests.app.test_live_snapshot import decode

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Browser:
    """Reads a stream line by line, as EventSource does."""

    answer: httpx.Response
    lines: Iterator[str] = field(init=False)
    last_id: str | None = None

    def __post_init__(self) -> None:
        self.lines = self.answer.iter_lines()

    def next(self) -> tuple[str, Any]:
        """(event, data) of the next event."""
        event: dict[str, str] = {}
        for line in self.lines:
            if not line and "data" in event:
                self.last_id = event["id"]
                return event["event"], json.loads(event["data"])
            name, _, value = line.partition(": ")
            event[name] = value
        raise EOFError("the stream ended")

    def until(self, wanted: str, check: Any = lambda _data: True) -> Any:
        """The data of the first such event."""
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            event, data = self.next()
            if event == wanted and check(data):
                return data
        raise AssertionError(f"no {wanted} came")


@contextmanager
def browser(running: Running, path: str = "/api/live", **headers: str) -> Iterator[Browser]:
    with httpx.stream("GET", running.base + path, headers=headers, timeout=10) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        yield Browser(answer)


def tilt(code: str, value: float, ts: int, **more: Any) -> ComponentDelta:
    return ComponentDelta(code, {"tilt": Sample(ts, value, ts + 1)}, **more)


@pytest.fixture
def well(live: Running, ingest: FakeIngest) -> Running:
    """Ingest was heard, and the store read after that."""
    ingest.heartbeat()
    wait_until("read after the first heartbeat", lambda: live.services.feed.reads >= 2)
    return live


def test_published_delta_is_streamed_and_in_the_snapshot(well: Running, ingest: FakeIngest) -> None:
    with browser(well) as opened:
        first = opened.until("heartbeat")
        assert first["epoch"] == well.services.feed.stream.epoch
        alert = open_alert(well.services, COVERS[0])
        moment = now()
        began = time.monotonic()
        ingest.delta(
            components=[tilt(COVERS[0], 41.0, moment, presence=1, presence_since=moment)],
            alerts=[alert],
            gateways=[GatewayState("gw-east", Presence.ONLINE, moment, moment)],
        )
        state = opened.until("state", lambda data: data["components"][0]["code"] == COVERS[0])
        assert time.monotonic() - began < 2
        assert opened.last_id == f"{first['epoch']}-{state['seq']}"
        (component,) = state["components"]
        assert (component["level"], component["presence"]) == ("red", "online")
        assert component["values"]["tilt"]["value"] == 41.0
        presence = opened.until("presence")
        assert presence["components"][0]["code"] == COVERS[0]
        assert presence["gateways"][0]["name"] == "gw-east"
        shown = opened.until("alert")["alerts"][0]
        assert (shown["id"], shown["name"]) == (alert.id, "井盖1")
    header, columns = decode(well.get("/api/live/snapshot").content)
    assert header["epoch"] == first["epoch"]
    assert header["seq"] >= state["seq"]
    row = [code.decode() for code in columns["code"]].index(COVERS[0])
    assert (columns["level"][row], columns["presence"][row]) == (4, Presence.ONLINE)
    assert columns["heard"][row] == moment


def test_heartbeat_says_how_things_stand(well: Running, ingest: FakeIngest) -> None:
    ingest.heartbeat()
    with browser(well) as opened:
        beat = opened.until("heartbeat", lambda data: data["data_at"] is not None)
    assert beat["stale"] is False
    assert beat["cause"] is None
    assert beat["atlas"] == well.services.atlas.version
    assert beat["alerts_open"] == 0
    assert beat["counts"] == {
        "components": 6,
        "online": 0,
        "late": 0,
        "offline": 0,
        "unknown": 6,
        "levels": {"red": 0, "orange": 0, "yellow": 0, "blue": 0},
    }


def test_silence_of_ingest_is_told_within_seconds_and_its_return_too(
    well: Running, ingest: FakeIngest
) -> None:
    ingest.heartbeat()
    with browser(well) as opened:
        stale = opened.until("heartbeat", lambda data: data["stale"])
        assert stale["cause"] == "ingest"
        assert stale["stale_since"] >= stale["data_at"]
        ingest.heartbeat()
        opened.until("heartbeat", lambda data: not data["stale"])


def test_who_comes_back_gets_what_it_missed_and_no_snapshot(
    well: Running, ingest: FakeIngest
) -> None:
    with browser(well) as opened:
        ingest.delta(components=[tilt(COVERS[0], 1.0, now())])
        opened.until("state")
        last = opened.last_id
    assert last is not None
    ingest.delta(components=[tilt(COVERS[1], 2.0, now())])
    feed = well.services.feed
    wait_until("taken", lambda: feed.picture.state(COVERS[1]).values)
    with browser(well, **{"Last-Event-ID": last}) as opened:
        event, data = opened.next()
        assert (event, data["resync"]) == ("heartbeat", False)
        state = opened.until("state")
        assert [each["code"] for each in state["components"]] == [COVERS[1]]
    with browser(well, path=f"/api/live?since={last}") as opened:
        assert opened.until("state") == state


def test_who_comes_back_from_another_epoch_is_told_to_resync(well: Running) -> None:
    with browser(well, **{"Last-Event-ID": "0badc0de-7"}) as opened:
        event, data = opened.next()
    assert (event, data["resync"]) == ("heartbeat", True)


def test_a_restarted_ingest_makes_everyone_resync_once(well: Running, ingest: FakeIngest) -> None:
    with browser(well) as opened:
        reads = well.services.feed.reads + 1
        ingest.epoch, ingest.seq = "ingest-2", 0
        ingest.heartbeat()
        wait_until("read again", lambda: well.services.feed.reads == reads)
        opened.until("heartbeat", lambda data: data["resync"])
        ingest.heartbeat()
        ingest.delta(components=[tilt(COVERS[0], 1.0, now())])
        opened.until("state")
    assert well.services.feed.reads == reads


def test_acknowledging_reaches_every_browser_and_the_other_programs(
    well: Running, ingest: FakeIngest
) -> None:
    from iot.alerts import Alert
    from iot.live import ALERT_TOPIC
    from iot.mqtt import MqttClient

    told: list[bytes] = []
    other = MqttClient(
        ingest.client.url,
        "other-web",
        on_message=lambda message: told.append(message.payload),
        subscriptions=((ALERT_TOPIC, 1),),
    )
    other.start()
    assert other.wait_connected(10)
    time.sleep(0.2)  # its subscription is on the way
    alert = open_alert(well.services, COVERS[0])
    ingest.delta(alerts=[alert])
    try:
        with browser(well) as opened:
            opened.until("heartbeat", lambda data: data["alerts_open"] == 1)
            path = f"{well.base}/api/alerts/{alert.id}/ack"
            answer = httpx.post(path, json={}, timeout=10)
            assert answer.json()["state"] == "acknowledged"
            shown = opened.until("alert", lambda data: data["alerts"][0]["acknowledged_at"])
            assert shown["alerts"][0]["id"] == alert.id
        wait_until("told", lambda: told)
    finally:
        other.stop()
    import msgspec

    assert msgspec.msgpack.decode(told[0], type=Alert).state == "acknowledged"


def test_garbage_on_our_own_topics_stops_nothing(well: Running, ingest: FakeIngest) -> None:
    for payload in (b"", b"\xc1", b'{"epoch": 1}', b"\x00" * 100):
        ingest.client.publish("onemap/v1/live/delta", payload)
        ingest.client.publish("onemap/v1/live/heartbeat", payload)
    ingest.client.publish("onemap/v1/live/unheard-of", b"x")
    ingest.delta(components=[tilt(COVERS[0], 7.0, now())])
    feed = well.services.feed
    wait_until("taken", lambda: feed.picture.state(COVERS[0]).values)
    assert feed.wire.garbled == 8


def test_a_browser_that_goes_is_noticed(well: Running) -> None:
    clients = well.services.feed.stream.clients
    with browser(well) as opened:
        opened.next()
        assert len(clients) == 1
    wait_until("noticed", lambda: not clients)


def test_a_browser_that_does_not_read_is_cut_and_costs_no_memory(
    well: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = well.services.feed
    loop = feed._loop
    assert loop is not None
    with closing(socket.create_connection(("127.0.0.1", well.port))) as slow:
        slow.sendall(b"GET /api/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_until("connected", lambda: feed.stream.clients)
        with browser(well) as quick:
            filler = {"components": [], "filler": "x" * 500_000}
            sent = 0
            while not feed.stream.cut:
                loop.call_soon_threadsafe(feed.stream.publish, "state", filler)
                quick.until("state")
                sent += 1
                assert sent < 200, "never cut"
            assert len(feed.stream.clients) == 1
            quick.until("heartbeat")
    assert sent * 500_000 > stream.CLIENT_BYTES


def test_there_are_only_so_many_streams(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_api, "MOST_CLIENTS", 1)
    with httpx.stream("GET", f"{running.base}/api/live", timeout=5) as first:
        assert first.status_code == 200
        wait_until("it is there", lambda: running.services.feed.stream.clients)
        second = running.get("/api/live")
        assert (second.status_code, second.json()["error"]) == (503, "busy")
    wait_until("it is gone", lambda: not running.services.feed.stream.clients)
