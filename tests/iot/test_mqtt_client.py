"""Our MQTT client on a bad day: refused, stopped half way, failing inside, given junk."""

from __future__ import annotations

import logging
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from paho.mqtt.client import MQTTMessage

from iot import mqtt
from iot.mqtt import Message, MqttClient
from tests.iot.brokers import RunningBroker, eventually
from tests.support import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBroker]:
    folder: Path = tmp_path_factory.mktemp("broker")
    made = RunningBroker("mosquitto", folder, unnamed=False)
    made.start()
    yield made
    made.stop()


def test_a_wrong_password_is_not_tried_without_end(broker: RunningBroker) -> None:
    states: list[str] = []
    client = MqttClient(
        broker.url,
        "x",
        user="x",
        password="y",  # noqa: S106 - wrong on purpose
        on_state=lambda _, why: states.append(why),
    )
    client.start()
    time.sleep(2.5)
    client.stop()
    assert 1 <= len(states) <= 6


def test_a_broker_that_is_away_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    tries: list[bool] = []
    client = MqttClient(
        f"mqtt://127.0.0.1:{free_port()}", "x", on_state=lambda up, _: tries.append(up)
    )
    client.start()
    eventually(lambda: len(tries) >= 3, "tried again")
    client.stop()
    assert len([each for each in caplog.records if "cannot connect" in each.message]) == 1


def test_stopping_while_it_connects_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A listener that takes the connection and says nothing: neither connected nor refused."""
    monkeypatch.setattr(mqtt, "CONNACK_TIMEOUT_S", 60)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = MqttClient(f"mqtt://127.0.0.1:{silent.getsockname()[1]}", "half-way")
        client.start()
        accepted, _ = silent.accept()
        with accepted:
            began = time.monotonic()
            client.stop()
            assert time.monotonic() - began < 4
    assert not [each for each in threading.enumerate() if each.name == "mqtt-half-way"]


def test_an_exception_in_the_network_thread_is_a_lost_connection(
    broker: RunningBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = MqttClient(broker.url, "x", user="onemap-internal", password=broker.password)
    failures = iter([True])
    whole = mqtt.ReadAheadClient.loop_read

    def failing(self: Any, max_packets: int = 1) -> Any:
        if client.connected and next(failures, False):
            raise ValueError("a packet that paho does not understand")
        return whole(self, max_packets)

    monkeypatch.setattr(mqtt.ReadAheadClient, "loop_read", failing)
    states: list[bool] = []
    client.on_state = lambda up, _: states.append(up)
    client.start()
    try:
        assert client.wait_connected(10)
        client.publish("onemap/v1/live/delta", b"x")  # its acknowledgement is what fails
        eventually(lambda: states == [True, False, True], "connected again")
    finally:
        client.stop()


def test_a_topic_that_is_not_utf8_is_handed_over_all_the_same() -> None:
    got: list[Message] = []
    client = MqttClient("mqtt://127.0.0.1", "x", on_message=got.append)
    client._on_message(None, None, MQTTMessage(7, b"onemap/v1/\xff\xfe/readings"))  # type: ignore[arg-type]
    assert [each.topic for each in got] == ["onemap/v1/\ufffd\ufffd/readings"]
