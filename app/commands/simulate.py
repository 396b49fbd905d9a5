"""``onemap simulate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.programs import settings_of
from app.settings import SettingsError

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    """Publish what the components of the data folder's GeoPackage measure, until SIGTERM.

    The gateways are unnamed unless the settings name a user: they are not ours.
    """
    settings = settings_of(chosen)
    if not chosen.rate > 0:
        raise SettingsError(f"--rate: {chosen.rate:g} is not above 0")
    from geodata.atlas import Atlas
    from iot.catalogue import Catalogue
    from iot.simulator.fleet import Fleet
    from iot.simulator.program import run as run_simulator

    atlas = Atlas.open(settings.geopackage)
    fleet = Fleet.of(atlas, Catalogue.read(settings.intake.catalogue), chosen.seed)
    if not fleet.components:
        raise SettingsError(
            f"simulate: {settings.geopackage} has no component of a class in the catalogue"
        )
    return run_simulator(
        fleet,
        settings.mqtt,
        scenario=chosen.scenario,
        rate=chosen.rate,
        seed=chosen.seed,
        backfill_h=min(max(chosen.backfill, 0.0), settings.intake.history_h - 1.0),
    )
