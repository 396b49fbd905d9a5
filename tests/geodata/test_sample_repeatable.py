"""The same seed draws the same district; asking for more of one thing moves nothing else."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
import pytest
import shapely

from geodata import geopackage
from geodata.atlas import Atlas
from geodata.errors import AtlasUnavailableError
from geodata.sample import make_sample
from geodata.sample.dice import Dice

if TYPE_CHECKING:
    from pathlib import Path

TODAY = date(2026, 11, 23)
STILL = ("district", "towns", "communities", "grids", "enforcement_areas", "water", "roads")


def test_the_same_seed_draws_the_same(sample_path: Path, tmp_path: Path) -> None:
    seed = int(geopackage.read_meta(sample_path)["seed"])
    told: list[tuple[float, str]] = []
    again = tmp_path / "again.gpkg"
    make_sample(
        again,
        seed=seed,
        components=40,
        today=TODAY + timedelta(days=9),
        progress=lambda share, what: told.append((share, what)),
    )
    one, other = Atlas.open(sample_path), Atlas.open(again)
    assert one.agencies.equals(other.agencies)
    for layer in (*STILL, "party_sites", "service_points"):
        same(one, other, layer)
    # Components are placed anew by their number, projects move with the day.
    assert len(other.layers["components"]) == 40
    assert one.layers["key_projects"]["name"].equals(other.layers["key_projects"]["name"])
    shares = [share for share, _ in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)


def same(one: Atlas, other: Atlas, layer: str) -> None:
    mine, yours = one.layers[layer], other.layers[layer]
    assert mine.drop(columns="geometry").equals(yours.drop(columns="geometry")), layer
    shapes = (np.asarray(frame.geometry.values, dtype=object) for frame in (mine, yours))
    assert shapely.equals_exact(*shapes, tolerance=0.0).all(), layer


def test_dice_are_repeatable_and_apart() -> None:
    one, two = Dice(1), Dice(2)
    assert one.of("roads").random(5).tolist() == one.of("roads").random(5).tolist()
    assert one.of("roads").random(5).tolist() != one.of("water").random(5).tolist()
    assert one.of("roads").random(5).tolist() != two.of("roads").random(5).tolist()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(AtlasUnavailableError, match="cannot be written"):
        make_sample(tmp_path / "file" / "onemap.gpkg", components=15)
