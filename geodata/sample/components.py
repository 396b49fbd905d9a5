"""Smart components (智慧部件): each class where such things stand, served by near gateways."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

import geopandas as gpd
import numpy as np
import shapely
from scipy.cluster.vq import kmeans2

from geodata.sample.plane import to_degrees, to_plane
from geodata.sample.towns import DISTRICT_CODE, TOWNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.addresses import Addresses
    from geodata.sample.ground import Ground
    from geodata.sample.placing import Placing

    Points = NDArray[np.float64]

Place = Literal[
    "road", "low_road", "street", "bank", "shore", "site", "square", "home", "centre", "crossing"
]

NEW_STANDARD = "GB/T 47678.5-2026"
OLD_STANDARD = "GB/T 30428.2-2013"
LOCAL_STANDARD = "local"

#: How many of the components still carry a code of the old standard (16 digits).
OLD_SHARE = 0.10

#: Components a gateway, about; between these numbers of gateways a town.
_PER_GATEWAY = 85
_GATEWAYS = (2, 5)


@dataclass(frozen=True)
class ComponentKind:
    """One class in the sample. share: of a hundred components; local: a code of our own."""

    code: str
    name: str
    share: float
    place: Place
    local: bool = False


#: Codes and names: GB/T 47678.5-2026 (secondary source); 019xx are local extensions.
KINDS = (
    ComponentKind("01002", "污水井盖", 16.0, "road"),
    ComponentKind("01003", "雨水井盖", 20.0, "road"),
    ComponentKind("01067", "防汛监测设施", 2.5, "low_road"),
    ComponentKind("01901", "河道水位站", 2.0, "bank", local=True),
    ComponentKind("01902", "水质监测站", 1.2, "shore", local=True),
    ComponentKind("03010", "环保监测站", 2.4, "site"),
    ComponentKind("03013", "噪声显示屏", 1.0, "square"),
    ComponentKind("01013", "消防设施", 8.8, "street"),
    ComponentKind("01903", "烟感探测器", 8.0, "home", local=True),
    ComponentKind("01037", "路灯", 18.0, "street"),
    ComponentKind("03005", "垃圾箱", 11.0, "home"),
    ComponentKind("02001", "停车场", 1.5, "centre"),
    ComponentKind("01076", "公用电梯", 3.0, "centre"),
    ComponentKind("01054", "充电桩", 2.6, "centre"),
    ComponentKind("01050", "监控电子眼设施", 2.0, "crossing"),
)


def components_frame(
    ground: Ground,
    addresses: Addresses,
    placing: Placing,
    projects: gpd.GeoDataFrame,
    n: int,
    today: date,
) -> gpd.GeoDataFrame:
    """The layer components in EPSG:4326: ``n`` of them, every class there when n allows."""
    rng = placing.rng
    counts = _counts(n)
    sites = projects[projects.geometry.geom_type == "Polygon"]
    parts = [
        _place(kind, count, ground, placing, sites)
        for kind, count in zip(KINDS, counts, strict=True)
    ]
    points = np.vstack([part for part, _ in parts])
    kind_of = np.repeat(np.arange(len(KINDS)), [len(part) for part, _ in parts])
    communities = addresses.areas(points, "communities")
    roads = addresses.roads(points)
    towns = addresses.codes(points, "towns")
    codes, standards = _codes(rng, kind_of)
    names = [_name(KINDS[k], roads[i], communities[i], codes[i]) for i, k in enumerate(kind_of)]
    days = rng.integers(30, 1_900, len(points))
    return gpd.GeoDataFrame(
        {
            "code": codes,
            "name": names,
            "class_code": [KINDS[k].code for k in kind_of],
            "standard_ref": standards,
            "gateway": _gateways(rng, points, towns),
            "address": addresses.lines(points, rng),
            "project": [code for _, owners in parts for code in owners],
            "installed": [(today - timedelta(days=int(d))).isoformat() for d in days],
        },
        geometry=to_degrees(shapely.points(points)),
        crs="EPSG:4326",
    )


def _counts(n: int) -> list[int]:
    """How many of each class; they add up to n, and each is there when n allows."""
    share = np.array([kind.share for kind in KINDS])
    exact = share / share.sum() * n
    counts = np.floor(exact).astype(int)
    rest = np.argsort(counts - exact)  # the largest remainders first
    counts[rest[: n - counts.sum()]] += 1
    while n >= len(KINDS) and (counts == 0).any():
        counts[np.argmax(counts)] -= 1
        counts[np.argmin(counts)] += 1
    return [int(count) for count in counts]


def _place(
    kind: ComponentKind, n: int, ground: Ground, placing: Placing, sites: gpd.GeoDataFrame
) -> tuple[Points, list[str | None]]:
    """Points of one class, and the key project each belongs to."""
    if kind.place == "site":
        return _on_sites(n, placing, sites)
    reach = np.full(len(ground.centres), 750.0)
    homes = np.vstack([ground.homes, np.repeat(ground.centres, 8, axis=0)])
    points = {
        "road": lambda: placing.along(n, "arterial", "street", away=(1.5, 7.0)),
        "low_road": lambda: placing.along(n, "expressway", "arterial", away=(2.0, 8.0)),
        "street": lambda: placing.along(n, "street", "arterial", "country", away=(7.0, 12.0)),
        "bank": lambda: placing.on_banks(n, lakes=False),
        "shore": lambda: placing.on_banks(n, lakes=True),
        "square": lambda: placing.around(n, ground.centres, reach * 0.6),
        "home": lambda: placing.around(n, homes, 420.0),
        "centre": lambda: placing.around(n, ground.centres, reach),
        "crossing": lambda: placing.at_crossings(n),
    }[kind.place]()
    return points, [None] * len(points)


def _on_sites(n: int, placing: Placing, sites: gpd.GeoDataFrame) -> tuple[Points, list[str | None]]:
    """Inside the plots of key projects, by turns, near the plot's edge."""
    plots = shapely.transform(np.asarray(sites.geometry.values, dtype=object), to_plane)
    turn = np.arange(n) % len(plots)
    inner = shapely.get_exterior_ring(shapely.buffer(plots, -12.0))[turn]
    at = shapely.line_interpolate_point(inner, placing.rng.random(n), normalized=True)
    return shapely.get_coordinates(at), [str(code) for code in sites["code"].to_numpy()[turn]]


def _codes(rng: np.random.Generator, kind_of: NDArray[np.intp]) -> tuple[list[str], list[str]]:
    """Codes of 17 digits (old ones of 16), serial by class, and the standard of each."""
    serial: Counter[str] = Counter()
    codes, standards = [], []
    for k, old in zip(kind_of, rng.random(len(kind_of)) < OLD_SHARE, strict=True):
        kind = KINDS[k]
        serial[kind.code] += 1
        middle = kind.code
        standard = LOCAL_STANDARD if kind.local else NEW_STANDARD
        if old and not kind.local:
            # Two digits for the small class before 47678.5 made them three.
            middle, standard = kind.code[:2] + kind.code[3:], OLD_STANDARD
        codes.append(f"{DISTRICT_CODE}{middle}{serial[kind.code]:06d}")
        standards.append(standard)
    return codes, standards


def _name(kind: ComponentKind, road: str, community: str, code: str) -> str:
    place = community if kind.place in {"home", "centre"} else road
    return f"{kind.name} {place}-{code[-4:]}"


def _gateways(
    rng: np.random.Generator, points: Points, towns: NDArray[np.object_]
) -> NDArray[np.object_]:
    """Neighbouring components of a town share a gateway, e.g. ``gw-yuanhe-01``."""
    names = np.full(len(points), "", dtype=object)
    for town in TOWNS:
        held = np.flatnonzero(towns == town.code)
        if not len(held):
            continue
        wanted = int(np.clip(round(len(held) / _PER_GATEWAY), *_GATEWAYS))
        _, group = kmeans2(points[held], min(wanted, len(held)), minit="++", seed=rng)
        _, number = np.unique(group, return_inverse=True)
        names[held] = [f"gw-{town.slug}-{i + 1:02d}" for i in number]
    return names
