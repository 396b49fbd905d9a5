"""A real Chromium before a small server that speaks the real wire format."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.fake_server import FakeLive, Running

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page


@pytest.fixture
def serve() -> Iterator[Callable[..., Running]]:
    """Start a server with so many components; stopped after the test."""
    started: list[Running] = []

    def start(count: int = 300) -> Running:
        running = Running(FakeLive(count))
        running.start()
        started.append(running)
        return running

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address at 1280 × 800; any script error or foreign request fails the test."""
    contexts = []
    troubles: list[str] = []

    def start(url: str, **options: object) -> Page:
        settings = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"} | options
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("request", lambda request: _watch(request.url, troubles))
        page.goto(url)
        page.wait_for_function("window.onemap?.layer?.scene?.view && onemap.stats().components > 0")
        return page

    yield start
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


def _watch(url: str, troubles: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        troubles.append(f"request to another host: {url}")
