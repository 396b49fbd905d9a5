"""``onemap demo``: a made-up district with simulated gateways."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.commands.district import ensure_district
from app.programs import (
    STOP_ORDER,
    ask_health,
    check_contents,
    check_start,
    core_programs,
    environment_of,
    flags_of,
    page_url,
)
from app.settings import Settings, read_settings
from app.supervisor import Program, Supervisor

if TYPE_CHECKING:
    import argparse

#: Hours of made-up history for a store that has none, so that charts are worth looking at.
BACKFILL_H = 24
#: The simulated gateways wait for a healthy system, but no longer than this, seconds.
PATIENCE_S = 30.0


def run(chosen: argparse.Namespace) -> int:
    """Make the district when there is none, run everything until Ctrl-C."""
    began = time.monotonic()
    flags = flags_of(chosen, mqtt={"allow_unnamed": True})
    settings = read_settings(**flags)
    check_start(settings)
    _say(f"the map will be at {page_url(settings)}")
    ensure_district(settings.geopackage, seed=chosen.seed, components=chosen.components)
    check_contents(settings)
    readiness = _Readiness(settings, began)
    programs = core_programs(settings)
    if not chosen.no_simulate:
        programs.append(_simulation(chosen, settings, readiness))
    return Supervisor(
        programs, settings.data / "run", environment_of(flags), on_tick=readiness.ready
    ).run()


def _simulation(chosen: argparse.Namespace, settings: Settings, readiness: _Readiness) -> Program:
    arguments = ["simulate", f"--rate={chosen.rate}", f"--seed={chosen.seed}"]
    if not has_history(settings):
        arguments.append(f"--backfill={BACKFILL_H}")
    return Program("simulate", arguments, STOP_ORDER["simulate"], when=readiness.ready)


def has_history(settings: Settings) -> bool:
    """Whether the store keeps any reading."""
    from sqlalchemy import inspect, select

    from iot.tables import readings
    from store.engine import open_engine

    engine = open_engine(settings.store_url)
    try:
        if not inspect(engine).has_table(readings.name):
            return False
        with engine.connect() as connection:
            return connection.execute(select(readings.c.ts).limit(1)).first() is not None
    finally:
        engine.dispose()


@dataclass
class _Readiness:
    """Asks the web program now and then, and says once that it answers."""

    settings: Settings
    began: float
    asked_at: float = field(default=0.0, init=False)
    answered: bool = field(default=False, init=False)
    healthy: bool = field(default=False, init=False)

    def ready(self) -> bool:
        """Whether readings are taken in now (or it has been waited for long enough)."""
        now = time.monotonic()
        if not self.healthy and now - self.asked_at >= 0.25:
            self.asked_at = now
            self._ask()
        return self.healthy or now - self.began > PATIENCE_S

    def _ask(self) -> None:
        status = ask_health(self.settings)
        self.healthy = status == 200
        if status is not None and not self.answered:
            self.answered = True
            seconds = time.monotonic() - self.began
            _say(f"ready in {seconds:.1f} s: {page_url(self.settings)}   (Ctrl-C ends it)")


def _say(text: str) -> None:
    sys.stderr.write(f"onemap: {text}\n")
    sys.stderr.flush()
