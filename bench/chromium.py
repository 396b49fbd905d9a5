"""The browser of the benchmarks: a new one each time, so that nothing is cached."""

from __future__ import annotations

import shutil
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.support import CHROMIUM_FLAGS
from tests.system.running import SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Page


@contextmanager
def opened(base: str) -> Iterator[tuple[Page, float]]:
    """The browse page at 1920 × 1080, and the seconds until its components were painted."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=CHROMIUM_FLAGS
        )
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        began = time.monotonic()
        page.goto(base)
        page.wait_for_function(SHOWN, timeout=60_000)
        yield page, time.monotonic() - began
        browser.close()
