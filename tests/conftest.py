"""What every folder of tests may use."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def shared() -> Path:
    """Samples that lie beside the project; a test that wants them skips without them."""
    if not SHARED.is_dir():
        pytest.skip("the samples beside the project (../shared) are not here")
    return SHARED
