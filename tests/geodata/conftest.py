"""The sample district, drawn once for all tests that look at it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from geodata.sample import make_sample

if TYPE_CHECKING:
    from pathlib import Path

#: The day on which the tests' samples are made.
TODAY = date(2026, 11, 23)


@pytest.fixture(scope="session", params=[1, 20], ids=lambda seed: f"seed{seed}")
def sample_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample district's GeoPackage; what is promised holds for any seed."""
    path = tmp_path_factory.mktemp("sample") / "onemap.gpkg"
    make_sample(path, seed=request.param, today=TODAY)
    return path
