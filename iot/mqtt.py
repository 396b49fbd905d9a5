"""The MQTT client behind one small class, so that what is underneath can be exchanged.

paho today (see docs/decisions.md). Nothing is ever done inside paho's own
callbacks but handing over: an exception there would kill its thread and later
messages would be lost.
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from paho.mqtt.enums import CallbackAPIVersion, MessageType, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from iot.readahead import ReadAheadClient

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import paho.mqtt.client as paho

log = logging.getLogger(__name__)

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 10
KEEPALIVE_S = 30
#: An acknowledgement's first two bytes; its message's identifier follows.
_PUBACK = b"\x40\x02"
#: A broker that has not answered by then is asked in the other version of MQTT.
CONNACK_TIMEOUT_S = 2


class NotConnectedError(Exception):
    """Nothing can be published before the first connection."""


class Message(NamedTuple):
    """One message as received. Acknowledge it once it is safe (QoS 1, when acks are manual).

    mid: its packet identifier, 0 for QoS 0. connection: which of the client's
    connections brought it: on another one the identifier means another message.
    """

    topic: str
    payload: bytes
    retain: bool
    mid: int = 0
    connection: int = 0


@dataclass(frozen=True)
class Will:
    """What the broker publishes for us when we vanish."""

    topic: str
    payload: bytes
    qos: int = 1
    retain: bool = True


@dataclass
class MqttClient:
    """A connection that keeps itself: it reconnects for ever, and subscribes in ``on_connect``.

    url: ``mqtt://host:port`` or ``mqtts://host:port``.
    on_message: called on the network thread; it must only hand over (queue).
    on_state: called on the network thread with (connected, reason).
    durable: keep the session at the broker between connections (QoS 1 messages
        published meanwhile are delivered later).
    manual_ack: the receiver calls ``acknowledge`` itself, after it is safe.
    """

    url: str
    client_id: str
    on_message: Callable[[Message], None] | None = None
    on_state: Callable[[bool, str], None] | None = None
    subscriptions: Sequence[tuple[str, int]] = ()
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    will: Will | None = None
    durable: bool = False
    manual_ack: bool = False
    receive_maximum: int = 1_000
    session_expiry_s: int = 7 * 24 * 3600
    _client: paho.Client | None = field(default=None, init=False, repr=False)
    _pending: paho.Client | None = field(default=None, init=False, repr=False)
    _current: paho.Client | None = field(default=None, init=False, repr=False)
    _refused: bool = field(default=False, init=False, repr=False)
    _said: str = field(default="", init=False, repr=False)
    _thread: threading.Thread | None = field(default=None, init=False, repr=False)
    _version: MQTTProtocolVersion = field(default=MQTTProtocolVersion.MQTTv5, init=False)
    _connection: int = field(default=0, init=False, repr=False)
    _stopping: threading.Event = field(default_factory=threading.Event, init=False, repr=False)
    _connected: threading.Event = field(default_factory=threading.Event, init=False, repr=False)

    def start(self) -> None:
        """Begin connecting in the background; returns at once."""
        name = f"mqtt-{self.client_id}"
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def wait_connected(self, timeout: float) -> bool:
        """True once connected, False after ``timeout`` seconds without."""
        return self._connected.wait(timeout)

    @property
    def connected(self) -> bool:
        """Whether the broker answers now."""
        return self._connected.is_set()

    def publish(
        self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False
    ) -> paho.MQTTMessageInfo:
        """Queue a message; QoS 1 is sent again after a reconnect until acknowledged.

        Raises:
            NotConnectedError: there never was a connection to queue it on.
        """
        if self._client is None:
            raise NotConnectedError(f"mqtt: {self.url} was never reached")
        return self._client.publish(topic, payload, qos=qos, retain=retain)

    def acknowledge(self, messages: Iterable[Message]) -> None:
        """Tell the broker that these are safe (manual acks). For any thread.

        Those of an earlier connection are passed over: the broker sends them again,
        and their identifiers may by now be those of others.
        """
        client = self._client
        if client is None:
            return
        packets = b"".join(
            _PUBACK + message.mid.to_bytes(2, "big")
            for message in messages
            if message.mid and message.connection == self._connection
        )
        if packets:
            # All in one write: through paho's own `ack` each is a system call or two, which
            # is half of what a message costs. MQTT 3.1.1 and 5 have the same short form.
            client._packet_queue(MessageType.PUBACK, packets, 0, 1)  # noqa: SLF001

    def stop(self) -> None:
        """Disconnect in good order (the will is not sent) and end the network thread."""
        self._stopping.set()
        if self._current is not None:
            # The flag too: paho, when it is just connecting, forgets that it was told to stop.
            self._current._thread_terminate = True  # noqa: SLF001
            self._current.disconnect()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._connected.clear()

    def _run(self) -> None:
        """Connect, and build the client anew when the broker turns out to speak another version."""
        parts = urlsplit(self.url)
        port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
        while not self._stopping.is_set():
            client = self._pending = self._current = self._build()
            # We are its network thread, as with `loop_start`: whatever other threads send
            # is queued for us. Else paho writes from their threads too, and two writes at
            # once tear each other's packets apart.
            client._thread = threading.current_thread()  # noqa: SLF001
            # What wakes us for them: without it a message waits until our `select` ends (1 s).
            client._sockpairR, client._sockpairW = socket.socketpair()  # noqa: SLF001
            client._sockpairR.setblocking(False)  # noqa: SLF001
            client._sockpairW.setblocking(False)  # noqa: SLF001
            try:
                client.connect(
                    parts.hostname or "127.0.0.1", port, KEEPALIVE_S, **self._connect_options()
                )
            except (OSError, UnicodeError) as error:  # UnicodeError: a name that no host may have
                self._tell(False, f"cannot connect: {error}")
                self._stopping.wait(RECONNECT_MIN_S)
                continue
            # amqtt takes MQTT 5's properties for a client id and waits for more, for ever.
            watchdog = threading.Timer(CONNACK_TIMEOUT_S, self._give_up, args=(client,))
            watchdog.daemon = True
            watchdog.start()
            self._loop(client)
            watchdog.cancel()

    def _loop(self, client: paho.Client) -> None:
        """Be the client's network thread until it is done, whatever happens in it."""
        self._refused = False
        try:
            client.loop_forever()
        except Exception:
            # Else this thread would end, and we were deaf without knowing it.
            log.exception("mqtt: %s: the connection failed; beginning again", self.url)
            self._connected.clear()
            self._tell(False, "the connection failed")
            self._refused = True
        # When ``stop`` came in the middle of connecting, it is still open.
        client._sock_close()  # noqa: SLF001
        if self._refused:
            self._stopping.wait(RECONNECT_MIN_S)

    def _give_up(self, client: paho.Client) -> None:
        if not self._stopping.is_set():
            self._try_other_version(client)

    def _try_other_version(self, client: paho.Client) -> None:
        """No CONNACK: the broker does not speak our version.

        Once a client: telling it to disconnect calls ``_on_disconnect`` again.
        """
        if client is not self._pending:
            return
        self._pending = None
        v5 = self._version == MQTTProtocolVersion.MQTTv5
        self._version = MQTTProtocolVersion.MQTTv311 if v5 else MQTTProtocolVersion.MQTTv5
        client.disconnect()

    def _build(self) -> paho.Client:
        options: dict[str, Any] = {}
        if self._version == MQTTProtocolVersion.MQTTv311:
            options["clean_session"] = not self.durable
        client = ReadAheadClient(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            protocol=self._version,
            manual_ack=self.manual_ack,
            **options,
        )
        client.max_inflight_messages_set(1_000)
        client.max_queued_messages_set(0)
        client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        if self.user is not None:
            client.username_pw_set(self.user, self.password)
        if self.will is not None:
            client.will_set(self.will.topic, self.will.payload, self.will.qos, self.will.retain)
        if urlsplit(self.url).scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        return client

    def _connect_options(self) -> dict[str, Any]:
        if self._version != MQTTProtocolVersion.MQTTv5:
            return {}
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.ReceiveMaximum = self.receive_maximum
        if self.durable:
            properties.SessionExpiryInterval = self.session_expiry_s
        return {"clean_start": not self.durable, "properties": properties}

    def _on_connect(
        self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        if reason.is_failure:
            self._tell(False, str(reason))
            if reason == "Unsupported protocol version":
                self._try_other_version(client)
            else:
                self._refused = True
            return
        self._client = client
        self._connection += 1
        self._pending = None
        if self.subscriptions:
            client.subscribe([(topic, qos) for topic, qos in self.subscriptions])
        self._connected.set()
        self._tell(True, "connected")

    def _on_disconnect(
        self, client: paho.Client, _userdata: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        was_connected = self._connected.is_set()
        self._connected.clear()
        if self._stopping.is_set():
            client.disconnect()
            return
        if was_connected:
            self._tell(False, str(reason))
        else:
            self._try_other_version(client)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        if self.on_message is None:
            return
        mid = message.mid if message.qos == 1 else 0
        topic = _topic_of(message)
        try:
            self.on_message(
                Message(topic, bytes(message.payload), message.retain, mid, self._connection)
            )
        except Exception:
            log.exception("mqtt: handing over a message from %s failed", topic)

    def _tell(self, connected: bool, reason: str) -> None:
        if reason != self._said:  # a broker that is away is said once, not each second
            level = logging.INFO if connected else logging.WARNING
            log.log(level, "mqtt: %s: %s", self.url, reason)
            self._said = reason
        if self.on_state is not None:
            try:
                self.on_state(connected, reason)
            except Exception:
                log.exception("mqtt: telling of the connection's state failed")


def _topic_of(message: paho.MQTTMessage) -> str:
    """Its topic; one that is not UTF-8, which not every broker turns away, with replacements."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return message._topic.decode("utf-8", "replace")  # noqa: SLF001
