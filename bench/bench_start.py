"""How long a newcomer waits: the sample district, the first start, the second, the map shown."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.support import CHROMIUM_FLAGS
from tests.system.running import SHOWN, Demo


def until_painted(base: str) -> float:
    """Seconds from opening the page in a new browser until its components are painted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        began = time.monotonic()
        page.goto(base)
        page.wait_for_function(SHOWN, timeout=60_000)
        took = time.monotonic() - began
        browser.close()
    return took


def main() -> None:
    rows: list[tuple[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="onemap-bench-") as folder:
        demo = Demo(Path(folder) / "data", "auto", simulate=True)
        for name in ("first start", "second start"):
            began = time.monotonic()
            demo.start()
            rows.append((f"{name}, healthy", time.monotonic() - began))
            page = until_painted(demo.base)
            rows.append((f"{name}, map painted", time.monotonic() - began))
            rows.append((f"{name}, page alone", page))
            demo.stop()
    print("| what (3 000 components, 50 reports/s) | seconds |\n|---|---|")
    for name, seconds in rows:
        print(f"| {name} | {seconds:.1f} |")


if __name__ == "__main__":
    main()
