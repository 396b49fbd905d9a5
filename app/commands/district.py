"""The demo's made-up district: made once, and never over a site's real data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BAR_WIDTH = 30


def ensure_district(geopackage: Path, *, seed: int, components: int) -> None:
    """Make the sample district unless there is a GeoPackage already, whosever it is."""
    if geopackage.exists():
        return
    from geodata.sample import make_sample

    progress = Progress(f"making the sample district, {components} components")
    make_sample(geopackage, seed=seed, components=components, progress=progress)
    progress.end()


class Progress:
    """A bar on a terminal; elsewhere one line every 10 %."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.shown = -1
        self.terminal = sys.stderr.isatty()

    def __call__(self, done: float, what: str) -> None:
        """Tell how far it is: ``done`` from 0 to 1, and what is being made."""
        percent = int(min(max(done, 0.0), 1.0) * 100)
        if self.terminal:
            bar = "█" * round(percent / 100 * BAR_WIDTH)
            sys.stderr.write(f"\r\x1b[K{self.title} {bar:░<{BAR_WIDTH}} {percent:3d} % {what}")
        elif percent // 10 > self.shown // 10 or self.shown < 0:
            sys.stderr.write(f"onemap: {self.title}: {percent:3d} % {what}\n")
        self.shown = percent
        sys.stderr.flush()

    def end(self) -> None:
        """Leave the terminal on a line of its own."""
        if self.terminal:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
