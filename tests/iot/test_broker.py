"""Both brokers, really started: who may do what, what is kept, what is said."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from iot.broker.info import read_info
from iot.broker.passwords import hash_password
from iot.mqtt import MqttClient
from iot.settings import MqttSettings
from tests.iot.brokers import Listener, RunningBroker, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KINDS = ("mosquitto", "amqtt")


def internal(broker: RunningBroker, client_id: str = "internal") -> Listener:
    return Listener(broker, client_id, "onemap-internal", broker.password)


@pytest.fixture(params=KINDS)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    if request.param == "mosquitto" and shutil.which("mosquitto") is None:
        pytest.fail("mosquitto is not installed; run deploy/system-packages")
    running = RunningBroker(request.param, tmp_path / "data")
    try:
        running.start()
        yield running
    finally:
        running.stop()


def test_an_unnamed_gateway_may_what_a_gateway_may_and_no_more(broker: RunningBroker) -> None:
    with internal(broker) as ours, Listener(broker, "nosy") as nosy:
        ours.subscribe("onemap/v1/#")
        nosy.subscribe("#")
        nosy.subscribe("onemap/v1/+/rejected")
        for topic in ("live/delta", "live/readings", "live/status", "gw-1/rejected", "gw-1/other"):
            # Mosquitto may hang up on who publishes where it must not.
            with Listener(broker, f"bad-{topic.replace('/', '-')}") as bad:
                bad.client.publish(f"onemap/v1/{topic}", b"forged", qos=1)
                bad.client.publish("elsewhere", b"forged", qos=1)
        with Listener(broker, "gw-1") as gateway:
            gateway.publish("onemap/v1/gw-1/readings", b"{}")
            gateway.publish("onemap/v1/gw-1/status", b'{"state":"online"}', retain=True)
        ours.publish("onemap/v1/live/delta", b"ours")
        ours.publish("onemap/v1/gw-1/rejected", b"ours")
        eventually(lambda: ("onemap/v1/gw-1/rejected", b"ours") in nosy.got, "the rejection")
        eventually(lambda: ("onemap/v1/live/delta", b"ours") in ours.got, "our own delta")
        time.sleep(0.2)
        assert {topic for topic in nosy.topics if not topic.startswith("$SYS")} == {
            "onemap/v1/gw-1/rejected"
        }
        assert all(payload != b"forged" for _, payload in ours.got)
        assert {"onemap/v1/gw-1/readings", "onemap/v1/gw-1/status"} <= ours.topics


def test_a_wrong_password_is_refused_and_takes_nothing_over(broker: RunningBroker) -> None:
    with internal(broker, "ingest") as ours:
        ours.subscribe("onemap/v1/+/readings")
        with Listener(broker, "ingest", "onemap-internal", "guess") as thief:
            assert thief.answer.is_failure
        with Listener(broker, "stranger", "nobody", "guess") as stranger:
            assert stranger.answer.is_failure
        with Listener(broker, "gw") as gateway:
            gateway.publish("onemap/v1/gw/readings", b"1")
        eventually(lambda: ("onemap/v1/gw/readings", b"1") in ours.got, "the reading")


def test_a_named_gateway_has_its_own_topics_and_no_unnamed_one_is_let_in(
    broker: RunningBroker,
) -> None:
    broker.stop()
    (broker.data / "broker" / "passwd").write_text(f"gw-7:{hash_password('secret')}\n")
    broker.unnamed = False
    broker.start()
    with Listener(broker, "x") as unnamed:
        assert unnamed.answer.is_failure
    with internal(broker) as ours:
        ours.subscribe("onemap/v1/+/readings")
        with Listener(broker, "gw-8", "gw-7", "secret") as wrong:
            wrong.client.publish("onemap/v1/gw-8/readings", b"forged", qos=1)
            time.sleep(0.1)
        with Listener(broker, "gw-7", "gw-7", "secret") as named:
            named.publish("onemap/v1/gw-7/readings", b"mine")
        eventually(lambda: bool(ours.got), "the reading")
        assert ours.got == [("onemap/v1/gw-7/readings", b"mine")]


def test_what_arrives_while_a_durable_client_is_away_is_kept_for_it(broker: RunningBroker) -> None:
    got: list[bytes] = []

    def durable() -> MqttClient:
        return MqttClient(
            broker.url,
            "durable",
            on_message=lambda message: got.append(message.payload),
            subscriptions=[("onemap/v1/+/readings", 1)],
            user="onemap-internal",
            password=broker.password,
            durable=True,
        )

    first = durable()
    first.start()
    assert first.wait_connected(10)
    with Listener(broker, "gw") as gateway:
        eventually(lambda: _reaches(gateway, got, b"here"), "the subscription")
        first.stop()
        for number in range(1_500):
            gateway.client.publish("onemap/v1/gw/readings", b"away %d" % number, qos=1)
        gateway.publish("onemap/v1/gw/readings", b"away last")
    second = durable()
    second.start()
    try:
        eventually(lambda: b"away last" in got, "what was kept")
        assert len({each for each in got if each.startswith(b"away")}) == 1_501
    finally:
        second.stop()


def test_our_client_is_connected_at_once_whatever_version_the_broker_speaks(
    broker: RunningBroker,
) -> None:
    client = MqttClient(broker.url, "new", user="onemap-internal", password=broker.password)
    began = time.monotonic()
    client.start()
    try:
        assert client.wait_connected(10)
        assert time.monotonic() - began < 1.5
    finally:
        client.stop()


@pytest.mark.parametrize("junk", [b"", b"\x10", b"GET / HTTP/1.1\r\n\r\n", b"\x10" + b"\xff" * 103])
def test_what_is_no_mqtt_disturbs_nobody(broker: RunningBroker, junk: bytes) -> None:
    with internal(broker) as ours:
        ours.subscribe("onemap/v1/+/readings")
        with socket.create_connection(("127.0.0.1", broker.port)) as stranger:
            stranger.sendall(junk)
        with Listener(broker, "gw") as gateway:
            gateway.publish("onemap/v1/gw/readings", b"1")
        eventually(lambda: bool(ours.got), "the reading")
    assert "Traceback" not in broker.log.read_text()


def test_our_client_sends_at_once_from_any_thread(broker: RunningBroker) -> None:
    client = MqttClient(broker.url, "quick", user="onemap-internal", password=broker.password)
    client.start()
    try:
        assert client.wait_connected(10)
        time.sleep(0.3)  # its network thread waits for something to happen
        began = time.monotonic()
        for _ in range(5):
            client.publish("onemap/v1/live/delta", b"x").wait_for_publish(5)
        assert time.monotonic() - began < 0.8
    finally:
        client.stop()


def _reaches(gateway: Listener, got: list[bytes], payload: bytes) -> bool:
    gateway.publish("onemap/v1/gw/readings", payload)
    time.sleep(0.05)
    return payload in got


def test_a_vanished_gateway_is_told_of_by_its_will_and_its_status_is_kept(
    broker: RunningBroker,
) -> None:
    topic = "onemap/v1/gw/status"
    with internal(broker) as ours:
        ours.subscribe("onemap/v1/+/status")
        gone = paho.Client(CallbackAPIVersion.VERSION2, client_id="gw")
        gone.will_set(topic, b"offline", qos=1, retain=True)
        gone.connect("127.0.0.1", broker.port)
        gone.loop_start()
        gone.publish(topic, b"online", qos=1, retain=True).wait_for_publish(5)
        eventually(lambda: (topic, b"online") in ours.got, "online")
        connection = gone.socket()
        assert connection is not None
        gone.loop_stop()
        connection.close()
        eventually(lambda: (topic, b"offline") in ours.got, "the will")
    with internal(broker, "later") as later:
        later.subscribe("onemap/v1/+/status")
        eventually(lambda: later.got == [(topic, b"offline")], "the kept status")


def test_mosquitto_keeps_sessions_and_retained_messages_over_a_restart(tmp_path: Path) -> None:
    broker = RunningBroker("mosquitto", tmp_path / "data")
    broker.start()
    try:
        password = broker.password
        with Listener(broker, "keeper", "onemap-internal", password, clean=False) as keeper:
            keeper.subscribe("onemap/v1/+/readings")
        with Listener(broker, "gw") as gateway:
            gateway.publish("onemap/v1/gw/readings", b"kept")
            gateway.publish("onemap/v1/gw/status", b"online", retain=True)
        assert broker.stop() == 0
        broker.start()
        assert broker.password == password
        with Listener(broker, "keeper", "onemap-internal", password, clean=False) as keeper:
            keeper.subscribe("onemap/v1/+/status")
            eventually(lambda: len(keeper.got) == 2, "both messages")
    finally:
        broker.stop()


def test_it_says_which_broker_it_is_and_ends_in_good_order(broker: RunningBroker) -> None:
    settings = MqttSettings(port=broker.port)
    info = read_info(settings, broker.data / "broker")
    assert (info.kind, info.address) == (broker.kind, broker.url)
    assert info.version
    assert info.grade == ("演示级" if broker.kind == "amqtt" else None)
    assert broker.kind in broker.log.read_text()
    assert broker.stop() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_taken_port_is_one_line_that_names_it(kind: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = subprocess.run(
            [sys.executable, "-m", "app", "broker", f"--data={tmp_path}", f"--mqtt-port={port}"],
            env={**os.environ, "ONEMAP_MQTT__BROKER": kind},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert ended.returncode == 1
    assert len(ended.stderr.splitlines()) == 1
    assert str(port) in ended.stderr
    assert "taken" in ended.stderr
