"""The programs as the supervisor starts them, and the settings that flags make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from app.settings import Settings, SettingsError, read_settings
from app.supervisor import Program
from iot.broker.port import check_port

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

#: In which order the programs end: who writes outlives who reads, the broker all.
STOP_ORDER = {"web": 0, "simulate": 1, "ingest": 2, "broker": 3}


def settings_of(chosen: argparse.Namespace, **more: Any) -> Settings:
    """Settings with this command line's flags over them.

    more: further flags, e.g. ``mqtt={"allow_unnamed": True}``.

    Raises:
        SettingsError: see ``read_settings``.
    """
    return read_settings(**flags_of(chosen, **more))


def flags_of(chosen: argparse.Namespace, **more: Any) -> dict[str, Any]:
    """The flags as nested settings; only those that were given."""
    flags: dict[str, Any] = {section: dict(values) for section, values in more.items()}
    if "data" in chosen:
        flags["data"] = chosen.data
    if "port" in chosen:
        flags.setdefault("web", {})["port"] = chosen.port
    if "mqtt_port" in chosen:
        flags.setdefault("mqtt", {})["port"] = chosen.mqtt_port
    if "mqtt_url" in chosen:
        flags.setdefault("mqtt", {})["url"] = chosen.mqtt_url
    return flags


def environment_of(flags: dict[str, Any]) -> dict[str, str]:
    """Our environment with the flags in it, so that every child reads the same settings."""
    environment = dict(os.environ)
    for name, value in flags.items():
        pairs = value.items() if isinstance(value, dict) else [(None, value)]
        for key, each in pairs:
            variable = f"ONEMAP_{name}__{key}" if key else f"ONEMAP_{name}"
            environment[variable.upper()] = str(each)
    return environment


def signed_in(settings: Settings) -> Settings:
    """With what our own programs sign in to our own broker.

    Unchanged when the broker is another's or the settings name a user. The
    password never travels: each program reads it from the data folder, where only
    its owner can.

    Raises:
        PasswordFileError: the data folder can be neither read nor written.
    """
    if settings.mqtt.url is not None or settings.mqtt.user is not None:
        return settings
    from iot.broker.passwords import internal_credentials

    credentials = internal_credentials(broker_folder(settings))
    named = {"user": credentials.user, "password": credentials.password}
    return settings.model_copy(update={"mqtt": settings.mqtt.model_copy(update=named)})


def broker_folder(settings: Settings) -> Path:
    """Where the broker's configuration, passwords and persistence are."""
    return settings.data / "broker"


def core_programs(settings: Settings) -> list[Program]:
    """broker (when it is ours), ingest and web."""
    names = [] if settings.mqtt.url is not None else ["broker"]
    names += ["ingest", "web"]
    return [Program(name, [name], STOP_ORDER[name]) for name in names]


def check_start(settings: Settings) -> None:
    """What can be known before anything is started.

    Raises:
        PortTakenError, BrokerError: a port is taken, or not ours to take.
        SettingsError: the data folder cannot be written.
    """
    check_port(settings.web.host, settings.web.port, "web")
    if settings.mqtt.url is None:
        check_port(settings.mqtt.host, settings.mqtt.port, "MQTT broker")
    probe = settings.data / f".writable-{os.getpid()}"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise SettingsError(
            f"setting 'data': cannot write the folder {settings.data}: {error.strerror}"
        ) from error


def check_contents(settings: Settings) -> None:
    """Whether what the programs read at their start can be read.

    Raises:
        AtlasUnavailableError: the GeoPackage is missing, locked or damaged.
        CatalogueError: the site's catalogue is wrong.
        StoreUnavailableError: the database cannot be opened.
    """
    from geodata import geopackage
    from iot.catalogue import Catalogue
    from store.engine import open_engine

    geopackage.check(settings.geopackage)
    Catalogue.read(settings.intake.catalogue)
    open_engine(settings.store_url).dispose()


def page_url(settings: Settings) -> str:
    """Where a browser finds the map."""
    host = settings.web.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.web.port}"


def ask_health(settings: Settings) -> int | None:
    """The status code of ``/healthz``; None while nobody answers."""
    try:
        with urlopen(f"{page_url(settings)}/healthz", timeout=1) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except (URLError, OSError):
        return None
