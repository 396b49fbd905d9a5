"""The simulator against a real Mosquitto: what it says, when it is silent, that it returns."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from iot.catalogue import Catalogue
from iot.settings import MqttSettings
from iot.simulator.backfill import EVERY_S
from iot.simulator.fleet import Fleet, SimComponent
from iot.simulator.incidents import GATEWAY_LOSS, Kind
from iot.simulator.noise import seed_of
from iot.simulator.program import Simulation
from iot.simulator.scenarios import SCENARIOS, Line
from tests.iot.brokers import Listener, RunningBroker, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CATALOGUE = Catalogue.read()


def fleet(count: int, gateways: int) -> Fleet:
    codes = sorted(CATALOGUE.classes)
    return Fleet(
        tuple(
            SimComponent(
                code=(code := f"320507{n:010d}"),
                of=CATALOGUE.classes[codes[n % len(codes)]],
                gateway=f"gw-{n % gateways:03d}",
                town="320507001",
                project=None,
                seed=seed_of(code, 1),
            )
            for n in range(count)
        )
    )


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[RunningBroker]:
    running = RunningBroker("mosquitto", tmp_path / "data")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@contextmanager
def simulated(simulation: Simulation) -> Iterator[Simulation]:
    thread = threading.Thread(target=simulation.run)
    thread.start()
    try:
        yield simulation
    finally:
        simulation.stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def ours(broker: RunningBroker) -> Listener:
    return Listener(broker, "ours", "onemap-internal", broker.password)


def messages(listener: Listener, leaf: str) -> list[tuple[str, Any]]:
    return [
        (topic.split("/")[2], json.loads(payload))
        for topic, payload in list(listener.got)
        if topic.endswith(f"/{leaf}")
    ]


def test_everyone_reports_through_their_gateway_at_the_rate_asked_for(
    broker: RunningBroker,
) -> None:
    few = fleet(60, 6)
    simulation = Simulation(few, MqttSettings(port=broker.port), scenario="calm", rate=60)
    with ours(broker) as listener:
        listener.subscribe("onemap/v1/#")
        with simulated(simulation):
            eventually(lambda: len(messages(listener, "readings")) >= 30, "readings")
            began, before = time.monotonic(), len(messages(listener, "readings"))
            eventually(lambda: len(messages(listener, "readings")) >= before + 120, "more")
            rate = 120 / (time.monotonic() - began)
        eventually(lambda: len(statuses(listener, "offline")) == 6, "farewells")
    reports = messages(listener, "readings")
    assert 40 <= rate <= 80
    assert {each["id"] for _, each in reports} == {each.code for each in few.components}
    assert all(few.by_code[each["id"]].gateway == gateway for gateway, each in reports)
    turns = Counter(each["id"] for _, each in reports)
    assert max(turns.values()) - min(turns.values()) <= 2
    assert all(abs(each["ts"] / 1000 - time.time()) < 30 for _, each in reports)
    assert statuses(listener, "online") == set(few.gateways)


def statuses(listener: Listener, state: str) -> set[str]:
    return {name for name, status in messages(listener, "status") if status["state"] == state}


def test_a_lost_gateway_is_silent_says_offline_by_its_will_and_returns(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = Kind("gateway-loss", "gateway", {}, rise_s=0.1, last_s=2.0, fall_s=0.1)
    monkeypatch.setitem(SCENARIOS, "gateway-loss", (Line(short, 1.5, 1_000),))
    simulation = Simulation(
        fleet(40, 4), MqttSettings(port=broker.port), scenario="gateway-loss", rate=100
    )
    assert GATEWAY_LOSS.place == "gateway"
    with ours(broker) as listener:
        listener.subscribe("onemap/v1/#")
        with simulated(simulation):
            eventually(lambda: statuses(listener, "offline"), "the will")
            (lost,) = statuses(listener, "offline")
            mark = len(listener.got)
            time.sleep(1.0)
            during = {gateway for gateway, _ in messages(listener, "readings")[-50:]}
            heard = [topic for topic, _ in listener.got[mark:] if f"/{lost}/readings" in topic]
            assert heard == []
            assert len(during) >= 3
            eventually(
                lambda: any(
                    topic == f"onemap/v1/{lost}/status" and b"online" in payload
                    for topic, payload in list(listener.got)[mark:]
                ),
                "it returns",
            )
            after = len(listener.got)
            eventually(
                lambda: any(f"/{lost}/readings" in topic for topic, _ in listener.got[after:]),
                "its readings return",
            )


def test_the_past_comes_in_order_whole_and_beside_the_present(broker: RunningBroker) -> None:
    few = fleet(120, 5)
    per_component = 24 * 3_600 // EVERY_S  # its phase may make it one more
    simulation = Simulation(
        few, MqttSettings(port=broker.port), scenario="all", rate=50, backfill_h=24
    )
    with ours(broker) as listener:
        listener.subscribe("onemap/v1/+/readings")
        began = time.time()
        with simulated(simulation):
            eventually(lambda: past_count(listener) >= 120 * per_component, "the past", 20)
    arrived: dict[str, list[int]] = {}
    for _, each in messages(listener, "readings"):
        for report in each if isinstance(each, list) else [each]:
            arrived.setdefault(report["id"], []).append(report["ts"])
    assert set(arrived) == {each.code for each in few.components}
    assert all(times == sorted(times) for times in arrived.values())
    assert all(times[0] / 1000 < began - 23 * 3_600 for times in arrived.values())
    assert max(len(each) for _, each in messages(listener, "readings")) <= 50


def past_count(listener: Listener) -> int:
    return sum(len(each) for _, each in messages(listener, "readings") if isinstance(each, list))


def test_it_waits_for_a_broker_that_is_not_up_yet_and_survives_its_restart(
    tmp_path: Path,
) -> None:
    broker = RunningBroker("mosquitto", tmp_path / "data")
    simulation = Simulation(fleet(20, 2), MqttSettings(port=broker.port), scenario="calm", rate=50)
    with simulated(simulation):
        time.sleep(0.5)
        try:
            for _ in range(2):
                broker.start()
                with ours(broker) as listener:
                    listener.subscribe("onemap/v1/+/readings")
                    eventually(lambda each=listener: len(each.got) > 5, "readings")  # type: ignore[misc]
                broker.stop()
        finally:
            broker.stop()


def test_many_gateways_share_connections() -> None:
    simulation = Simulation(fleet(1_000, 300), MqttSettings())
    links = {id(link) for link in simulation._links.values()}
    assert len(links) == 64
    assert len(simulation._links) == 300
