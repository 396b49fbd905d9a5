"""Which broker serves this data folder, for the log, ``/healthz`` and the Gateways page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

    from iot.settings import MqttSettings

#: Shown wherever amqtt serves: it can lose QoS 1 messages at a reconnect (its issue 401).
DEMO_GRADE = "演示级"


class BrokerInfo(msgspec.Struct, frozen=True):
    """kind and version of the broker; ``grade`` is a caution to show, None when there is none."""

    kind: Literal["mosquitto", "amqtt", "external", "unknown"]
    version: str | None = None
    grade: str | None = None
    address: str | None = None


def write_info(folder: Path, info: BrokerInfo) -> None:
    """Leave it in ``folder/broker.json``, whole or not at all."""
    draft = folder / "broker.json.new"
    draft.write_bytes(msgspec.json.encode(info))
    draft.replace(folder / "broker.json")


def read_info(settings: MqttSettings, folder: Path) -> BrokerInfo:
    """What is known of the broker; kind ``unknown`` before it was first started."""
    if settings.url is not None:
        return BrokerInfo("external", address=settings.url)
    try:
        return msgspec.json.decode((folder / "broker.json").read_bytes(), type=BrokerInfo)
    except (OSError, msgspec.DecodeError):
        return BrokerInfo("unknown", address=settings.address)
