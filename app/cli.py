"""``onemap``: the command line. Here is what can be typed; what it does is in ``app/commands``."""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Any

from app.logs import set_up_logging
from app.orphan import die_with_parent

if TYPE_CHECKING:
    from collections.abc import Sequence

log = logging.getLogger(__name__)

#: Exit codes: what was asked could not be done; it was asked in the wrong way.
FAILED = 1
WRONG_USE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    try:
        # What we write holds names and telephone numbers: for its owner alone, unless told.
        os.umask(0o077)
        die_with_parent()
        chosen = build_parser().parse_args(arguments)
        set_up_logging()
        command = importlib.import_module(f"app.commands.{chosen.module}")
        return int(command.run(chosen))
    except KeyboardInterrupt:
        return 130
    except Exception as error:
        code = exit_code(error)
        if code is None:
            raise
        for line in sentence(error).splitlines():
            sys.stderr.write(f"onemap: {line}\n")
        return code


def sentence(error: Exception) -> str:
    """What is said of such an error; of the database's, without the SQL."""
    from sqlalchemy.exc import SQLAlchemyError

    if isinstance(error, SQLAlchemyError):
        return "store: " + " ".join(str(getattr(error, "orig", None) or error).split())
    return str(error)


def exit_code(error: Exception) -> int | None:
    """The exit code of an error that is told in one line; None for one that is a defect."""
    from sqlalchemy.exc import SQLAlchemyError

    from app.settings import SettingsError
    from geodata.errors import GeodataError
    from iot.broker.errors import BrokerError
    from iot.catalogue import CatalogueError
    from store.errors import StoreError

    table: tuple[tuple[type[Exception], int], ...] = (
        (SettingsError, WRONG_USE),
        (BrokerError, FAILED),
        (CatalogueError, FAILED),
        (GeodataError, FAILED),
        (StoreError, FAILED),
        (SQLAlchemyError, FAILED),
        (OSError, FAILED),
    )
    return next((code for kind, code in table if isinstance(error, kind)), None)


def build_parser() -> argparse.ArgumentParser:
    """The whole command line."""
    parser = argparse.ArgumentParser(
        prog="onemap", description="One map for a district command centre (一图解析)."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _demo(commands)
    _programs(commands)
    _simulate(commands)
    _import(commands)
    _check(commands)
    return parser


def _command(commands: Any, name: str, module: str, help_text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help_text, description=help_text, argument_default=argparse.SUPPRESS
    )
    parser.set_defaults(module=module)
    parser.add_argument("--data", metavar="DIR", help="the data folder (default: data)")
    return parser


def _ports(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, help="of pages and API (default: 8050)")
    parser.add_argument("--mqtt-port", type=int, help="of the broker (default: 1883)")


def _demo(commands: Any) -> None:
    demo = _command(
        commands, "demo", "demo", "a made-up district with simulated gateways, on this machine"
    )
    _ports(demo)
    demo.add_argument("--components", type=positive, default=3_000, help="of the made-up district")
    demo.add_argument("--seed", type=int, default=1, help="another seed is another district")
    demo.add_argument("--rate", type=float, default=50.0, help="simulated messages a second")
    demo.add_argument("--no-simulate", action="store_true", default=False, help="no gateways")


def _programs(commands: Any) -> None:
    _ports(_command(commands, "up", "up", "broker, ingest and web, watched and restarted"))
    broker = _command(commands, "broker", "broker", "the MQTT broker alone")
    broker.add_argument("--mqtt-port", type=int, help="to listen on (default: 1883)")
    ingest = _command(commands, "ingest", "ingest", "the consumer of readings alone")
    ingest.add_argument("--mqtt-port", type=int, help="of the broker (default: 1883)")
    _ports(_command(commands, "web", "web", "pages, API and live stream alone"))


def _simulate(commands: Any) -> None:
    from iot.simulator.scenarios import SCENARIOS

    simulate = _command(commands, "simulate", "simulate", "simulated gateways for any broker")
    simulate.add_argument("--mqtt-port", type=int, help="of our own broker (default: 1883)")
    simulate.add_argument("--mqtt-url", metavar="URL", help="another broker, mqtt://HOST:PORT")
    simulate.add_argument("--scenario", choices=list(SCENARIOS), default="all", help="what happens")
    simulate.add_argument("--rate", type=float, default=50.0, help="messages a second over all")
    simulate.add_argument("--seed", type=int, default=1, help="another seed is another day")
    simulate.add_argument(
        "--backfill", type=float, default=0.0, metavar="HOURS", help="first publish the past hours"
    )


def _import(commands: Any) -> None:
    add = _command(commands, "import", "import_", "publish a site's own layer, whole or not at all")
    add.add_argument("layer", metavar="LAYER", help="e.g. grids")
    add.add_argument("file", metavar="FILE", help="GeoPackage, Shapefile or GeoJSON")
    add.add_argument("--crs", default=None, help="EPSG code or GCJ-02, when the file does not say")
    add.add_argument("--encoding", default=None, help="of a Shapefile's texts, e.g. GBK")
    add.add_argument(
        "--map", action="append", default=[], type=field_map, metavar="field=COLUMN", dest="fields"
    )
    add.add_argument("--dry-run", action="store_true", default=False, help="check, do not publish")
    add.add_argument("--report", default=None, metavar="FILE.json", help="write the report there")


def _check(commands: Any) -> None:
    _command(commands, "check", "check", "what is well in this installation and what is not")


def positive(text: str) -> int:
    """A whole number above 0."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0")
    return number


def field_map(text: str) -> tuple[str, str]:
    """``field=COLUMN`` as a pair."""
    name, equals, column = text.partition("=")
    if not (name and equals and column):
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form field=COLUMN")
    return name, column
