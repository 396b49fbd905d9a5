"""How long a newcomer waits: the sample district, the first start, the second, the map shown."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.chromium import opened
from tests.system.running import Demo


def main() -> None:
    rows: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="onemap-bench-") as folder:
        demo = Demo(Path(folder) / "data", "auto", simulate=True)
        for name in ("first start", "second start"):
            began = time.monotonic()
            demo.start()
            rows.append((f"{name}, healthy", time.monotonic() - began))
            with opened(demo.base) as (_page, alone):
                rows.append((f"{name}, map painted", time.monotonic() - began))
            rows.append((f"{name}, page alone", alone))
            demo.stop()
    print("| what (3 000 components, 50 reports/s) | seconds |\n|---|---|")
    for name, seconds in rows:
        print(f"| {name} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
