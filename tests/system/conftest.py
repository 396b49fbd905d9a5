"""The real programs, started as a user starts them, and the real browser."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.system.running import Demo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample district made once: ``data/onemap.gpkg``."""
    from geodata.sample import make_sample

    folder = tmp_path_factory.mktemp("district")
    make_sample(folder / "onemap.gpkg", seed=1, components=600)
    return folder


@pytest.fixture(scope="session", params=["mosquitto", "amqtt"])
def demo(
    request: pytest.FixtureRequest, district: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """One running demo a broker, without simulated gateways; shared by the tests."""
    data = tmp_path_factory.mktemp(request.param) / "data"
    shutil.copytree(district, data)
    running = Demo(data, request.param)
    try:
        running.start()
        yield running
    finally:
        try:
            running.stop()
        finally:
            if request.session.testsfailed:
                print(f"--- log of {running.broker} demo ---\n{running.log.read_text()[-20_000:]}")
