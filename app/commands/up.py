"""``onemap up``: the programs for real use."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from app.programs import (
    check_contents,
    check_start,
    core_programs,
    environment_of,
    flags_of,
    page_url,
)
from app.settings import read_settings
from app.supervisor import Supervisor

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    """Run broker, ingest and web until SIGTERM."""
    flags = flags_of(chosen)
    settings = read_settings(**flags)
    check_start(settings)
    check_contents(settings)
    sys.stderr.write(f"onemap: the map will be at {page_url(settings)}\n")
    return Supervisor(core_programs(settings), settings.data / "run", environment_of(flags)).run()
