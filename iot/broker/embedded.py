"""The embedded broker, amqtt: enough for a demo on a machine where nothing is installed.

It speaks MQTT 3.1.1 and keeps everything in memory. Measured: it loses QoS 1
messages in flight when their subscriber reconnects (amqtt issue 401), so what we
promise of Mosquitto is not promised here, and the page says 演示级.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from amqtt.adapters import StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig
from amqtt.plugins.base import BaseAuthPlugin

from iot.broker.access import may
from iot.broker.greeting import (
    PATIENCE_S,
    UNSUPPORTED_VERSION,
    Greeted,
    first_bytes,
    speaks_mqtt5,
)
from iot.broker.passwords import read_passwords, verify, write_passwords
from iot.broker.sparing import Sparing

if TYPE_CHECKING:
    from amqtt.adapters import ReaderAdapter, WriterAdapter
    from amqtt.broker import Server
    from amqtt.contexts import BaseContext
    from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
    from amqtt.session import Session

    from iot.settings import MqttSettings

log = logging.getLogger(__name__)


def amqtt_version() -> str:
    """The installed version, e.g. ``"0.12.1"``."""
    return version("amqtt")


class SignIn(BaseAuthPlugin):  # type: ignore[misc] # amqtt ships no types
    """Users of the password file, and unnamed gateways where the settings let them in.

    Nobody is marked anonymous: amqtt drops an anonymous session at disconnect
    even when it was asked to keep it (clean_session false).
    """

    @dataclass
    class Config:
        """What the plugin is given."""

        password_file: str = ""
        allow_unnamed: bool = False

    def __init__(self, context: BaseContext) -> None:
        super().__init__(context)
        self._users = read_passwords(Path(self.config.password_file))

    async def authenticate(self, *, session: Session) -> bool:
        """True when the password is right, or the gateway is unnamed and may be."""
        if not session.username:
            session.username = None
            return bool(self.config.allow_unnamed)
        hashed = self._users.get(session.username)
        return hashed is not None and verify(session.password or "", hashed)


class EmbeddedBroker(Broker):  # type: ignore[misc] # amqtt ships no types
    """amqtt with our access table, and without some of its gaps.

    amqtt asks its topic plugins through new tasks while it walks the dictionary of
    subscriptions: a client that subscribes at that moment makes it lose the
    message. And it sends retained messages to whoever connects, unasked. So the
    table is asked here, without waiting.
    """

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        """Turn MQTT 5 away in its own words; a client that leaves early is no defect of ours."""
        try:
            head = await asyncio.wait_for(first_bytes(reader), PATIENCE_S)
            if not speaks_mqtt5(head):
                await self._client_connected(
                    listener_name, Greeted(reader, head), StreamWriterAdapter(writer)
                )
                return
            writer.write(UNSUPPORTED_VERSION)
            await writer.drain()
        except (OSError, EOFError, TimeoutError) as error:
            log.debug("broker: a client left: %s", error)
        writer.close()

    async def _topic_filtering(self, session: Session, topic: str, action: Action) -> bool:
        return may(session.username, "publish" if action == Action.PUBLISH else "read", topic)

    async def _delete_session(self, client_id: str) -> None:
        """Asked for before amqtt knows who is asking: done in ``_handle_client_session``."""

    async def _handle_client_session(
        self,
        reader: ReaderAdapter,
        writer: WriterAdapter,
        client_session: Session,
        handler: BrokerProtocolHandler,
        server: Server,
        listener_name: str,
    ) -> None:
        """Refuse before amqtt lets the newcomer take over a session of the same client id."""
        if not await self._authenticate(client_session, self.listeners_config[listener_name]):
            handler.attach(client_session, reader, writer)
            await handler.mqtt_connack_authorize(False)
            await writer.close()
            return
        if client_session.clean_session:
            await super()._delete_session(client_session.client_id)
        await super()._handle_client_session(
            reader, writer, client_session, handler, server, listener_name
        )

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        topic_filter, qos = subscription
        handler = self._get_handler(session)
        subscribers = self._subscriptions.get(topic_filter, ())
        if handler is None or all(other is not session for other, _ in subscribers):
            return
        for topic, kept in list(self._retained_messages.items()):
            if self._matches(topic, topic_filter) and may(session.username, "read", topic):
                # Not awaited: waiting here would let subscriptions change under amqtt's loop.
                self._tasks_queue.append(
                    asyncio.ensure_future(
                        handler.mqtt_publish(
                            topic, kept.data, min(qos, kept.qos or qos), retain=True
                        )
                    )
                )


async def serve(settings: MqttSettings, folder: Path) -> None:
    """Serve until SIGTERM or SIGINT.

    Raises:
        PasswordFileError: see ``write_passwords``.
    """
    passwords = write_passwords(folder)
    # Its log tells of every packet; what matters of it comes out as warnings.
    logging.getLogger("amqtt").setLevel(logging.ERROR)
    logging.getLogger("amqtt.broker").addFilter(Sparing())
    logging.getLogger("transitions").setLevel(logging.WARNING)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    config = BrokerConfig.from_dict(
        {
            "listeners": {"default": {"type": "tcp", "bind": f"{host}:{settings.port}"}},
            "plugins": {
                f"{__name__}.SignIn": {
                    "password_file": str(passwords),
                    "allow_unnamed": settings.allow_unnamed,
                }
            },
        }
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    broker = EmbeddedBroker(config)
    await broker.start()
    log.info("broker: amqtt listens on %s:%s", settings.host, settings.port)
    await stop.wait()
    await broker.shutdown()
