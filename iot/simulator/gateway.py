"""A simulated gateway's connection: its status, its will, its readings."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from iot.mqtt import MqttClient, NotConnectedError, Will

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import MQTTMessageInfo

    from iot.readings import Value

ONLINE = b'{"state":"online"}'
OFFLINE = b'{"state":"offline"}'
#: Most messages that a broker has not yet acknowledged, a connection.
WINDOW = 100
#: Longest that ending a cut connection's network thread may take, seconds.
VANISH_S = 3.0


def status_topic(gateway: str) -> str:
    """Where a gateway says whether it is there."""
    return f"onemap/v1/{gateway}/status"


def readings_topic(gateway: str) -> str:
    """Where a gateway's readings go."""
    return f"onemap/v1/{gateway}/readings"


def report(code: str, ts: int, values: dict[str, Value]) -> dict[str, object]:
    """One component's report in the native form; ``ts`` epoch milliseconds UTC."""
    return {"id": code, "ts": ts, "values": values}


class _Client(MqttClient):
    def vanish(self) -> None:
        """Cut the connection without a word, so that the broker publishes the will."""
        self._stopping.set()
        client, thread = self._client, self._thread
        connection = client.socket() if client is not None else None
        if isinstance(connection, socket.socket):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + VANISH_S
        while thread is not None and thread.is_alive() and time.monotonic() < deadline:
            # paho forgets, once it noticed the loss, that it was told to stay away.
            if client is not None and client.socket() is None:
                client.disconnect()
            thread.join(timeout=0.02)
        self._connected.clear()


@dataclass
class Link:
    """One connection for one gateway; for several when there are very many of them.

    The will is the first gateway's: MQTT has one a connection.
    """

    url: str
    gateways: Sequence[str]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    _client: _Client | None = field(default=None, init=False, repr=False)
    _sent: deque[MQTTMessageInfo] = field(default_factory=deque, init=False, repr=False)

    def start(self) -> None:
        """Connect in the background, again and again; says online at every connection."""
        self._sent.clear()
        self._client = _Client(
            url=self.url,
            client_id=f"onemap-sim-{self.gateways[0]}",
            on_state=self._on_state,
            user=self.user,
            password=self.password,
            will=Will(status_topic(self.gateways[0]), OFFLINE),
        )
        self._client.start()

    @property
    def running(self) -> bool:
        """Whether it is meant to be connected."""
        return self._client is not None

    @property
    def connected(self) -> bool:
        """Whether the broker answers now."""
        return self._client is not None and self._client.connected

    @property
    def room(self) -> int:
        """How many more messages may be under way."""
        while self._sent and self._sent[0].is_published():
            self._sent.popleft()
        return WINDOW - len(self._sent) if self.connected else 0

    def publish(self, gateway: str, reports: object) -> bool:
        """Send one report or a list of them; False when it could not be taken now."""
        if self._client is None or self.room <= 0:
            return False
        try:
            payload = msgspec.json.encode(reports)
            self._sent.append(self._client.publish(readings_topic(gateway), payload))
        except NotConnectedError:
            return False
        return True

    def vanish(self) -> None:
        """As a gateway whose power fails. Returns at once."""
        client, self._client = self._client, None
        if client is not None:
            name = f"vanish-{self.gateways[0]}"
            threading.Thread(target=client.vanish, name=name, daemon=True).start()

    def stop(self) -> None:
        """Say offline and leave in good order."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.connected:
            farewells = [
                client.publish(status_topic(name), OFFLINE, retain=True) for name in self.gateways
            ]
            for farewell in farewells:
                with contextlib.suppress(RuntimeError, ValueError):
                    farewell.wait_for_publish(1)
        client.stop()

    def _on_state(self, connected: bool, _reason: str) -> None:
        client = self._client
        if connected and client is not None:
            for name in self.gateways:
                client.publish(status_topic(name), ONLINE, retain=True)
