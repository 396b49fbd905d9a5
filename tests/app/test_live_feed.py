"""The feed without a broker: what is taken in, what is told, and reading the store anew."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import OperationalError

from iot.levels import Level
from iot.live import ComponentDelta, Delta, GatewayState, Heartbeat, Sample
from iot.presence import Presence
from tests.app.conftest import clear_alert, now, open_alert
from tests.app.small import COVERS, write_small
from tests.app.test_live_stream import parse

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

    from app.live.feed import LiveFeed
    from app.services import Services
    from iot.ledger import Ledger

COVER = COVERS[0]


def reading(code: str, ts: int, tilt: float, **more: Any) -> ComponentDelta:
    return ComponentDelta(code, {"tilt": Sample(ts, tilt, ts)}, **more)


def run(services: Services, story: Callable[[LiveFeed], Awaitable[None]]) -> None:
    """Tell the story to a started feed whose broker is not there."""

    async def told() -> None:
        await services.feed.start()
        try:
            await until(lambda: services.feed.reads == 1)
            await story(services.feed)
        finally:
            await services.feed.stop()

    asyncio.run(asyncio.wait_for(told(), 20))


async def until(check: Callable[[], Any]) -> None:
    while not check():
        await asyncio.sleep(0.005)


async def events(client: Any, quiet_s: float = 0.3) -> list[tuple[str, Any]]:
    """(event, data) until nothing comes for a while; without ordinary heartbeats."""
    found: list[tuple[str, Any]] = []
    while True:
        try:
            frames = await asyncio.wait_for(client.take(), quiet_s)
        except TimeoutError:
            return found
        found += [
            (event, data)
            for _, event, data in parse(frames)
            if event != "heartbeat" or data["resync"]
        ]


def test_a_late_delta_fills_in_and_never_overwrites(services: Services) -> None:
    async def story(feed: LiveFeed) -> None:
        client = feed.stream.connect(f"{feed.stream.epoch}-{feed.stream.seq}")
        feed.take_delta(Delta("i", 1, now(), components=[reading(COVER, 9_000, 9.0)]))
        feed.take_delta(Delta("i", 2, now(), components=[reading(COVER, 5_000, 5.0)]))
        assert feed.picture.state(COVER).values["tilt"].value == 9.0
        told = [data for event, data in await events(client) if event == "state"]
        values = [each["values"]["tilt"]["value"] for data in told for each in data["components"]]
        assert values == [9.0]

    run(services, story)


def test_many_changes_of_one_component_are_one(services: Services) -> None:
    async def story(feed: LiveFeed) -> None:
        feed.take_heartbeat(Heartbeat("i", 0, now()))
        await until(lambda: feed.reads == 2)
        client = feed.stream.connect(f"{feed.stream.epoch}-{feed.stream.seq}")
        for number in range(1, 51):
            delta = reading(
                COVER, number, float(number), presence=Presence.ONLINE, presence_since=1
            )
            feed.take_delta(Delta("i", number, now(), components=[delta]))
        told = await events(client)
        states = [each for event, data in told if event == "state" for each in data["components"]]
        assert [each["values"]["tilt"]["value"] for each in states] == [50.0]
        assert states[0]["presence"] == "online"
        presence = [data for event, data in told if event == "presence"]
        assert [each["code"] for each in presence[0]["components"]] == [COVER]

    run(services, story)


def test_only_changed_metrics_are_told(services: Services) -> None:
    async def story(feed: LiveFeed) -> None:
        both = {"tilt": Sample(1, 1.0, 1), "battery": Sample(1, 80.0, 1)}
        feed.take_delta(Delta("i", 1, now(), components=[ComponentDelta(COVER, both)]))
        await asyncio.sleep(0.3)
        client = feed.stream.connect(f"{feed.stream.epoch}-{feed.stream.seq}")
        feed.take_delta(Delta("i", 2, now(), components=[reading(COVER, 2, 2.0)]))
        ((_, data),) = [each for each in await events(client) if each[0] == "state"]
        assert set(data["components"][0]["values"]) == {"tilt"}

    run(services, story)


def test_alerts_and_gateways_are_told_with_what_to_call_them(services: Services) -> None:
    alert = open_alert(services, COVER)

    async def story(feed: LiveFeed) -> None:
        client = feed.stream.connect(f"{feed.stream.epoch}-{feed.stream.seq}")
        gateway = GatewayState("gw-east", Presence.OFFLINE, 1_000, None)
        cleared = clear_alert(services, COVER)
        feed.take_delta(Delta("i", 1, now(), alerts=[cleared], gateways=[gateway]))
        assert feed.picture.state(COVER).level is Level.NONE
        # The same alert as it was before comes late, and changes nothing.
        feed.take_delta(Delta("i", 2, now(), alerts=[alert]))
        assert feed.picture.state(COVER).level is Level.NONE
        told = dict(await events(client))
        (shown,) = told["alert"]["alerts"]
        assert (shown["state"], shown["name"], shown["town"]) == ("cleared", "井盖1", "320507001")
        assert shown["text_zh"] == "井盖倾斜"
        assert "tilted" in shown["text_en"]
        assert told["state"]["components"][0]["level"] is None
        assert told["presence"]["gateways"][0]["presence"] == "offline"

    run(services, story)


def test_a_gap_reads_the_store_and_everyone_resyncs(services: Services) -> None:
    async def story(feed: LiveFeed) -> None:
        feed.take_heartbeat(Heartbeat("i", 4, now()))
        await until(lambda: feed.reads == 2)
        client = feed.stream.connect(f"{feed.stream.epoch}-{feed.stream.seq}")
        open_alert(services, COVER)  # delta 5, which never arrived
        feed.take_delta(Delta("i", 6, now(), components=[reading(COVERS[1], 1, 1.0)]))
        await until(lambda: feed.reads == 3)
        assert feed.picture.state(COVER).level is Level.RED
        told = await events(client)
        assert [data["resync"] for event, data in told if event == "heartbeat"] == [True]

    run(services, story)


def test_what_arrives_while_the_store_is_read_is_not_lost(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(feed: LiveFeed) -> None:
        reading_store, go_on = threading.Event(), threading.Event()
        stored = services.ledger.picture()

        def slow(_ledger: Ledger) -> Any:
            reading_store.set()
            assert go_on.wait(10)
            return stored

        monkeypatch.setattr(type(services.ledger), "picture", slow)
        feed.take_heartbeat(Heartbeat("i", 4, now()))
        await until(reading_store.is_set)
        feed.take_delta(Delta("i", 5, now(), components=[reading(COVER, 5, 5.0)]))
        # Shown at once, and still there after the older state of the store took over.
        assert feed.picture.state(COVER).values["tilt"].value == 5.0
        go_on.set()
        await until(lambda: feed.reads == 2)
        assert feed.picture.state(COVER).values["tilt"].value == 5.0
        assert not bool(feed.columns.heard[feed.columns.standing.row_of[COVER]] != 5)

    run(services, story)


def test_a_store_that_does_not_answer_is_tried_again_and_told(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(feed: LiveFeed) -> None:
        feed.vitals.connection(True, "connected", now())
        real = type(services.ledger).picture

        def broken(_ledger: Ledger) -> Any:
            raise OperationalError("SELECT 1", {}, Exception("disk I/O error"))

        monkeypatch.setattr(type(services.ledger), "picture", broken)
        feed.take_heartbeat(Heartbeat("i", 4, now()))
        await until(lambda: feed.vitals.read_problem)
        stale = feed.vitals.staleness(now())
        assert stale is not None
        assert stale.cause == "store"
        monkeypatch.setattr(type(services.ledger), "picture", real)
        await until(lambda: feed.reads == 2)
        assert feed.vitals.read_problem is None

    run(services, story)


def test_a_delta_that_cannot_be_taken_in_stops_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(feed: LiveFeed) -> None:
        bad = Delta("i", 1, now(), components=[reading(COVER, 1, 1.0, presence=99)])
        feed._take(bad)
        await until(lambda: feed.reads == 2)
        feed._take(Delta("i", 2, now(), components=[reading(COVER, 2, 2.0)]))
        assert feed.picture.state(COVER).values["tilt"].value == 2.0

    run(services, story)
    assert "taking in a Delta failed" in caplog.text


def test_another_state_of_the_atlas_is_shown(services: Services) -> None:
    async def story(feed: LiveFeed) -> None:
        feed.take_delta(Delta("i", 1, now(), components=[reading(COVER, 5, 5.0)]))
        path = services.settings.geopackage
        write_small(path, {COVER: "新名字"})
        await feed.show(type(services.atlas).open(path))
        await until(lambda: feed.columns.standing.describe(COVER)["name"] == "新名字")
        assert feed.columns.standing.version != services.atlas.version

    run(services, story)
