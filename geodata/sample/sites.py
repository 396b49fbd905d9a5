"""Party sites (党建阵地) and service points (便民服务点), where people are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely

from geodata.sample.people import People
from geodata.sample.plane import to_degrees
from geodata.sample.towns import TOWNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.addresses import Addresses
    from geodata.sample.ground import Ground
    from geodata.sample.placing import Placing

    Points = NDArray[np.float64]

#: Beyond one 党群服务中心 a community: how many of each kind, and how they are called.
_MORE_SITES = (("先锋驿站", 26), ("党员活动室", 14), ("初心馆", 9))

#: Service points: one hall a town, then these.
_POINTS = 88
_SELF_SERVICE = 21


def party_sites_frame(ground: Ground, addresses: Addresses, placing: Placing) -> gpd.GeoDataFrame:
    """The layer party_sites in EPSG:4326."""
    people = People(placing.rng)
    central = _by_homes(ground, placing)
    more = placing.around(sum(count for _, count in _MORE_SITES), ground.homes, 450.0)
    points = np.vstack([central, more])
    communities = addresses.areas(points, "communities")
    kinds = ["党群服务中心"] * len(central) + [kind for kind, n in _MORE_SITES for _ in range(n)]
    roads = addresses.roads(points)
    names = [
        f"{community}{kind}" if kind == "党群服务中心" else f"{road}{kind}"
        for community, kind, road in zip(communities, kinds, roads, strict=True)
    ]
    n = len(points)
    return gpd.GeoDataFrame(
        {
            "code": [f"DJ{i:04d}" for i in range(1, n + 1)],
            "name": names,
            "kind": kinds,
            "secretary": [people.name() for _ in range(n)],
            "phone": [people.mobile() for _ in range(n)],
            "members": placing.rng.integers(18, 180, n),
            "address": addresses.lines(points, placing.rng),
        },
        geometry=to_degrees(shapely.points(points)),
        crs="EPSG:4326",
    )


def service_points_frame(
    ground: Ground, addresses: Addresses, placing: Placing
) -> gpd.GeoDataFrame:
    """The layer service_points in EPSG:4326."""
    people = People(placing.rng)
    halls = np.vstack([placing.around(1, centre[None], 150.0) for centre in ground.centres])
    chosen = placing.rng.permutation(len(ground.homes))[:_POINTS]
    points = _by_homes(ground, placing)[np.sort(chosen)]
    machines = placing.around(_SELF_SERVICE, ground.homes, 300.0)
    everything = np.vstack([halls, points, machines])
    communities = addresses.areas(everything, "communities")
    kinds = ["为民服务中心"] * len(halls) + ["便民服务点"] * len(points)
    kinds += ["24小时自助服务厅"] * len(machines)
    owners = [town.name for town in TOWNS] + communities[len(halls) :]
    hours = {
        "为民服务中心": "周一至周六 9:00-17:00",
        "便民服务点": "周一至周五 9:00-17:00",
        "24小时自助服务厅": "全天 24 小时",
    }
    n = len(everything)
    return gpd.GeoDataFrame(
        {
            "code": [f"BM{i:04d}" for i in range(1, n + 1)],
            "name": [f"{owner}{kind}" for owner, kind in zip(owners, kinds, strict=True)],
            "kind": kinds,
            "hours": [hours[kind] for kind in kinds],
            "address": addresses.lines(everything, placing.rng),
            "phone": [people.landline() for _ in range(n)],
        },
        geometry=to_degrees(shapely.points(everything)),
        crs="EPSG:4326",
    )


def _by_homes(ground: Ground, placing: Placing) -> Points:
    """One dry point close to the middle of each community, in their order."""
    return np.vstack([placing.around(1, home[None], 60.0) for home in ground.homes])
