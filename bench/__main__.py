"""``make bench`` runs every ``bench_*.py`` here; ``make bench ARGS="start intake"`` some of them.

Each prints one table and works alone too: ``python -m bench.bench_start``. These
machines are noisy: compare within one run, not between runs.
"""

from __future__ import annotations

import os
import platform
import runpy
import sys
from pathlib import Path


def machine() -> str:
    """One line on where the figures were measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()}, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    )


def main(names: list[str]) -> int:
    here = Path(__file__).parent
    found = {path.stem.removeprefix("bench_"): path for path in sorted(here.glob("bench_*.py"))}
    unknown = [name for name in names if name not in found]
    if unknown:
        print(f"unknown benchmark '{unknown[0]}'; choose from {', '.join(found)}")
        return 2
    print(f"machine: {machine()}")
    for name in names or found:
        print(f"\n## {name}\n")
        runpy.run_path(str(found[name]), run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
