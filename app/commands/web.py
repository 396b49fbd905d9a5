"""``onemap web``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.programs import settings_of, signed_in

if TYPE_CHECKING:
    import argparse


def run(chosen: argparse.Namespace) -> int:
    """Serve pages, API and live stream until SIGTERM."""
    settings = signed_in(settings_of(chosen))
    from app.web import run as run_web

    return run_web(settings)
