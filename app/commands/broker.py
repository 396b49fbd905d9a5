"""``onemap broker``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.programs import broker_folder, settings_of
from app.settings import SettingsError
from iot.broker.program import run as run_broker

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    """Run the broker until SIGTERM."""
    settings = settings_of(chosen)
    if settings.mqtt.url is not None:
        raise SettingsError(
            f"setting 'mqtt.url': an external broker is set ({settings.mqtt.url}), "
            "so there is none to start here"
        )
    return run_broker(settings.mqtt, broker_folder(settings))
