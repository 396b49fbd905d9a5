"""Making the sample district (演示数据): made up, repeatable by its seed, and saying so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geodata.geopackage import prove_writable, write_state
from geodata.sample.addresses import Addresses
from geodata.sample.area_frames import agencies, area_frames
from geodata.sample.components import components_frame
from geodata.sample.dice import Dice
from geodata.sample.ground import Ground, draw_ground
from geodata.sample.placing import Placing
from geodata.sample.plane import to_degrees
from geodata.sample.projects import projects_frame
from geodata.sample.sites import party_sites_frame, service_points_frame

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Progress = Callable[[float, str], None]


def make_sample(
    path: Path,
    *,
    seed: int = 1,
    components: int = 3_000,
    today: date | None = None,
    progress: Progress | None = None,
) -> None:
    """Write the sample district to a GeoPackage, replacing what was at ``path``.

    The same seed draws the same areas, water, roads and places; ``today`` moves the
    dates of key projects (default: this day), ``components`` is how many to place.
    ``progress`` is told the share done (0-1) and what comes next.

    Raises:
        AtlasUnavailableError: the file is open elsewhere or its folder cannot be written.
    """
    prove_writable(path)
    today = today or date.today()  # noqa: DTZ011 - the day on the wall where this runs
    tell = progress or (lambda _share, _what: None)
    layers = sample_layers(seed=seed, components=components, today=today, progress=tell)
    tell(0.85, "writing the GeoPackage")
    write_state(
        path,
        layers,
        agencies=agencies(Dice(seed).of("agencies")),
        meta={"sample": "1", "seed": str(seed), "made_on": today.isoformat()},
    )
    tell(1.0, "done")


def sample_layers(
    *, seed: int, components: int, today: date, progress: Progress
) -> dict[str, gpd.GeoDataFrame]:
    """Every layer of the sample in EPSG:4326, in the order of the file."""
    dice = Dice(seed)
    progress(0.0, "drawing areas, water and roads")
    ground = draw_ground(dice)
    progress(0.5, "appointing people")
    layers = area_frames(ground, dice.of("people"))
    addresses = Addresses(ground, layers)
    layers["water"] = _water(ground)
    layers["roads"] = _roads(ground)
    progress(0.6, "placing projects and sites")
    projects = projects_frame(ground, addresses, Placing(ground, dice.of("projects")), today)
    layers["key_projects"] = projects
    layers["party_sites"] = party_sites_frame(ground, addresses, Placing(ground, dice.of("party")))
    layers["service_points"] = service_points_frame(
        ground, addresses, Placing(ground, dice.of("service"))
    )
    progress(0.7, "placing smart components")
    placing = Placing(ground, dice.of("components"))
    layers["components"] = components_frame(ground, addresses, placing, projects, components, today)
    return layers


def _water(ground: Ground) -> gpd.GeoDataFrame:
    rows: list[tuple[str, str, float | None, object]]
    rows = [("lake", name, None, shape) for name, shape in ground.lakes]
    rows += [("river", name, width, shape) for name, width, shape in ground.rivers]
    shapes = to_degrees(np.array([shape for *_, shape in rows]))
    # Rounding may make a thin bank touch itself.
    shapes = np.where(shapely.is_valid(shapes), shapes, shapely.buffer(shapes, 0.0))
    return gpd.GeoDataFrame(
        {
            "code": [f"W{i:03d}" for i in range(1, len(rows) + 1)],
            "name": [name for _, name, *_ in rows],
            "kind": [kind for kind, *_ in rows],
            "width": [width for *_, width, _ in rows],
        },
        geometry=shapes,
        crs="EPSG:4326",
    )


def _roads(ground: Ground) -> gpd.GeoDataFrame:
    roads = ground.roads
    return gpd.GeoDataFrame(
        {
            "code": [f"R{i:04d}" for i in range(1, len(roads.lines) + 1)],
            "name": roads.names,
            "kind": roads.kinds,
        },
        geometry=to_degrees(roads.lines),
        crs="EPSG:4326",
    )
