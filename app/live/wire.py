"""The wire to ingest: MQTT's network thread on one side, the event loop on the other."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from iot.alerts import Alert
from iot.live import ALERT_TOPIC, DELTA_TOPIC, HEARTBEAT_TOPIC, PREFIX, Delta, Heartbeat
from iot.mqtt import Message, MqttClient, NotConnectedError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from iot.settings import MqttSettings

log = logging.getLogger(__name__)

Told = Delta | Heartbeat | Alert

_DECODERS: dict[str, Callable[[bytes], Told]] = {
    DELTA_TOPIC: msgspec.msgpack.Decoder(Delta).decode,
    HEARTBEAT_TOPIC: msgspec.msgpack.Decoder(Heartbeat).decode,
    ALERT_TOPIC: msgspec.msgpack.Decoder(Alert).decode,
}


class Wire:
    """Hands every message and every change of the connection over to the event loop.

    take: called with each message, on the loop. connection: with (connected, reason).
    garbled: messages on our own topics that were not ours.
    """

    def __init__(
        self,
        settings: MqttSettings,
        take: Callable[[Told], None],
        connection: Callable[[bool, str], None],
    ) -> None:
        self.garbled = 0
        self._take = take
        self._connection = connection
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client = MqttClient(
            settings.address,
            client_id=f"onemap-web-{secrets.token_hex(4)}",
            on_message=self._on_message,
            on_state=self._on_state,
            # QoS 0: in order, and what a slow moment drops is noticed and read from the store.
            subscriptions=((PREFIX + "#", 0),),
            user=settings.user,
            password=settings.password,
        )

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin connecting; returns at once."""
        self._loop = loop
        self._client.start()

    def stop(self) -> None:
        """Disconnect. Blocks until the network thread has ended."""
        self._client.stop()

    def tell(self, alert: Alert) -> None:
        """Tell the other programs of an alert that this one changed."""
        try:
            self._client.publish(ALERT_TOPIC, msgspec.msgpack.encode(alert))
        except NotConnectedError:
            log.warning("live: alert %d is in the store, but no broker to tell it to", alert.id)

    def _on_message(self, message: Message) -> None:
        decode = _DECODERS.get(message.topic)
        if decode is None or message.retain:
            return
        try:
            told = decode(message.payload)
        except msgspec.DecodeError as error:
            self.garbled += 1
            log.warning("live: %s carries what is not ours: %s", message.topic, error)
            return
        self._hand_over(self._take, told)

    def _on_state(self, connected: bool, reason: str) -> None:
        self._hand_over(self._connection, connected, reason)

    def _hand_over(self, call: Callable[..., None], *arguments: Any) -> None:
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop closed while the program ends
                self._loop.call_soon_threadsafe(call, *arguments)
