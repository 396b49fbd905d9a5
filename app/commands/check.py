"""``onemap check``: what is well in this installation and what is not, a line each."""

from __future__ import annotations

import socket
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.programs import ask_health, page_url, settings_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from app.settings import Settings


@dataclass
class Findings:
    """Lines as they are found; ``bad`` counts those that are not well."""

    bad: int = field(default=0)

    def well(self, what: str, detail: str) -> None:
        """Something is as it should be, or merely worth knowing."""
        self._write("ok ", what, detail)

    def wrong(self, what: str, detail: str) -> None:
        """Something has to be put right."""
        self.bad += 1
        self._write("BAD", what, detail)

    def _write(self, verdict: str, what: str, detail: str) -> None:
        sys.stdout.write(f"{verdict} {what:<10} {detail}\n")


def run(chosen: argparse.Namespace) -> int:
    """0 when all is well, else 1."""
    settings = settings_of(chosen)
    findings = Findings()
    findings.well("settings", f"data folder {settings.data.resolve()}")
    _geopackage(settings, findings)
    _catalogue(settings, findings)
    _store(settings, findings)
    _broker(settings, findings)
    _web(settings, findings)
    return 1 if findings.bad else 0


def _geopackage(settings: Settings, findings: Findings) -> None:
    from geodata.errors import GeodataError
    from geodata.importing import check_published
    from layers import all_layers

    schemas = [layer.schema for layer in all_layers().values()]
    try:
        reports = check_published(settings.geopackage, schemas)
    except GeodataError as error:
        findings.wrong("map", str(error))
        return
    for report in reports:
        errors = [problem for problem in report.problems if problem.level == "error"]
        for problem in errors:
            findings.wrong("map", f"{report.layer}: {problem.code}: {problem.detail}")
        if not errors:
            findings.well("map", f"{report.layer}: {report.features} features")


def _catalogue(settings: Settings, findings: Findings) -> None:
    from iot.catalogue import Catalogue, CatalogueError

    path = settings.intake.catalogue
    try:
        catalogue = Catalogue.read(path)
    except CatalogueError as error:
        for line in str(error).splitlines():
            findings.wrong("catalogue", line)
        return
    rules = sum(len(each.rules) for each in catalogue.classes.values())
    detail = f"{len(catalogue.classes)} classes, {rules} rules ({path or 'as shipped'})"
    findings.well("catalogue", detail)
    unknown = sorted(set(_class_codes(settings)) - set(catalogue.classes))
    if unknown:
        findings.wrong("catalogue", f"components have classes it lacks: {', '.join(unknown)}")


def _class_codes(settings: Settings) -> Iterator[str]:
    from geodata import geopackage
    from geodata.errors import GeodataError

    try:
        frame = geopackage.read_layer(settings.geopackage, "components")
    except GeodataError:
        return  # told of by the check of the map
    if "class_code" in frame.columns:
        yield from (str(code) for code in frame["class_code"].dropna().unique())


def _store(settings: Settings, findings: Findings) -> None:
    from sqlalchemy import inspect
    from sqlalchemy.exc import SQLAlchemyError

    from store.engine import damage_of, open_engine
    from store.errors import StoreError

    if settings.store.url is None and not (settings.data / "onemap.db").exists():
        findings.well("store", f"{settings.store_url} will be made at the first start")
        return
    try:
        engine = open_engine(settings.store_url)
        shown = engine.url.render_as_string(hide_password=True)
        damage, tables = damage_of(engine), inspect(engine).get_table_names()
        engine.dispose()
    except (StoreError, SQLAlchemyError) as error:
        findings.wrong("store", str(getattr(error, "orig", None) or error))
        return
    if damage is None:
        findings.well("store", f"{shown}, {len(tables)} tables")
    else:
        findings.wrong("store", f"{shown} is damaged ({damage}); put a sound copy in its place")


def _broker(settings: Settings, findings: Findings) -> None:
    from iot.broker.embedded import amqtt_version
    from iot.broker.info import DEMO_GRADE
    from iot.broker.mosquitto import find_mosquitto, mosquitto_version

    if settings.mqtt.url is None:
        program = None if settings.mqtt.broker == "amqtt" else find_mosquitto()
        if program is not None:
            findings.well("broker", f"mosquitto {mosquitto_version(program)} ({program})")
        elif settings.mqtt.broker == "mosquitto":
            findings.wrong("broker", "mqtt.broker is 'mosquitto', but none is on the PATH")
        else:
            findings.well("broker", f"embedded amqtt {amqtt_version()}: {DEMO_GRADE}, demo-grade")
    if _answers(settings.mqtt.address):
        findings.well("broker", f"{settings.mqtt.address} answers")
    elif settings.mqtt.url is not None:
        findings.wrong("broker", f"{settings.mqtt.address} does not answer")
    else:
        findings.well("broker", f"{settings.mqtt.address} is not running")


def _answers(address: str) -> bool:
    parts = urlsplit(address)
    port = parts.port or (8883 if parts.scheme == "mqtts" else 1883)
    try:
        with socket.create_connection((parts.hostname or "127.0.0.1", port), timeout=3):
            return True
    except OSError:
        return False


def _web(settings: Settings, findings: Findings) -> None:
    status = ask_health(settings)
    if status is None:
        findings.well("web", f"{page_url(settings)} is not running")
    elif status == 200:
        findings.well("web", f"{page_url(settings)} is healthy")
    else:
        findings.wrong("web", f"{page_url(settings)}/healthz answers {status}")
