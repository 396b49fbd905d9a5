"""``onemap ingest``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.programs import settings_of, signed_in

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    """Take readings in until SIGTERM."""
    settings = signed_in(settings_of(chosen))
    from iot.ingest.program import run as run_ingest

    return run_ingest(settings)
