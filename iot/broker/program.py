"""``onemap broker``: choose a broker, say which, run it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from iot.broker.errors import BrokerMissingError
from iot.broker.info import DEMO_GRADE, BrokerInfo, write_info
from iot.broker.mosquitto import exec_mosquitto, find_mosquitto, mosquitto_version, write_config
from iot.broker.port import check_port

if TYPE_CHECKING:
    from pathlib import Path

    from iot.settings import MqttSettings

log = logging.getLogger(__name__)


def run(settings: MqttSettings, folder: Path) -> int:
    """Run the broker until SIGTERM; with Mosquitto this process becomes it and never returns.

    folder: where its configuration, passwords and persistence are, ``DATA/broker``.

    Raises:
        BrokerError: a taken port, a missing program, a bad password file.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    check_port(settings.host, settings.port, "MQTT broker")
    program = _choose(settings)
    if program is not None:
        info = BrokerInfo("mosquitto", mosquitto_version(program), None, settings.address)
        config = write_config(settings, folder)
        _announce(folder, info)
        exec_mosquitto(program, config)
    # Here, so that Mosquitto's start does not wait for amqtt's imports.
    from iot.broker.embedded import amqtt_version, serve

    _announce(folder, BrokerInfo("amqtt", amqtt_version(), DEMO_GRADE, settings.address))
    asyncio.run(serve(settings, folder))
    return 0


def _choose(settings: MqttSettings) -> str | None:
    """Path of Mosquitto, or None for the embedded broker."""
    if settings.broker == "amqtt":
        return None
    program = find_mosquitto()
    if program is None and settings.broker == "mosquitto":
        raise BrokerMissingError(
            "broker: mqtt.broker is 'mosquitto', but no mosquitto is on the PATH; "
            "install it or set mqtt.broker to 'auto'"
        )
    return program


def _announce(folder: Path, info: BrokerInfo) -> None:
    write_info(folder, info)
    grade = f" ({info.grade})" if info.grade else ""
    log.info("broker: %s %s%s at %s", info.kind, info.version or "?", grade, info.address)
