"""How soon the browse page shows its map, and what it costs, by the number of components."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from bench.chromium import opened
from geodata.sample import make_sample
from tests.system.running import Demo

SIZES = (3_000, 20_000, 100_000)
OPENINGS = 3
MIB = 2**20


def measure(components: int) -> tuple[float, float, float, float]:
    """Seconds to make the district, seconds to the map (the best), heap MiB, web's memory MiB."""
    with tempfile.TemporaryDirectory(prefix="onemap-bench-") as folder:
        demo = Demo(Path(folder) / "data", "auto")
        demo.data.mkdir()
        began = time.monotonic()
        make_sample(demo.data / "onemap.gpkg", seed=1, components=components)
        made = time.monotonic() - began
        demo.start()
        try:
            opened, heap = zip(*(open_once(demo.base) for _ in range(OPENINGS)), strict=True)
            memory = psutil.Process(demo.pid("web")).memory_info().rss / MIB
        finally:
            demo.stop()
    return made, min(opened), max(heap), memory


def open_once(base: str) -> tuple[float, float]:
    """Seconds from opening the page in a new browser to the map, and the heap then, MiB."""
    with opened(base) as (page, took):
        return took, page.evaluate("performance.memory.usedJSHeapSize") / MIB


def main() -> None:
    print("| components | district made, s | page to map, s | heap, MiB | web, MiB |")
    print("|---:|---:|---:|---:|---:|")
    for components in SIZES:
        made, opened, heap, memory = measure(components)
        print(f"| {components:,} | {made:.1f} | {opened:.1f} | {heap:.0f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
