"""Key projects (重点项目): sites, roads, rivers and small works, each with its course."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import shapely
import shapely.ops

from geodata.sample.people import People
from geodata.sample.plane import to_degrees
from geodata.sample.schedule import STATUS_SHARES, draw_schedule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from shapely.geometry.base import BaseGeometry

    from geodata.sample.addresses import Addresses
    from geodata.sample.ground import Ground
    from geodata.sample.placing import Placing
    from geodata.sample.schedule import Status

_SITE_STEPS = ("开工", "桩基完成", "主体封顶", "竣工验收", "交付使用")
_LINE_STEPS = ("开工", "管线迁改完成", "主体工程完成", "附属工程完成", "通车验收")
_RIVER_STEPS = ("开工", "清淤完成", "护岸完成", "绿化完成", "竣工验收")
_SMALL_STEPS = ("方案确定", "招标完成", "主体施工完成", "竣工验收", "投入使用")


@dataclass(frozen=True)
class Category:
    """A kind of key project: how many, what they are called, who is in charge, how much."""

    name: str
    shape: str
    count: int
    titles: tuple[str, ...]
    unit: str
    steps: tuple[str, ...]
    budget: tuple[float, float]  # 万元, from, to


CATEGORIES = (
    Category(
        name="产业项目",
        shape="area",
        count=24,
        titles=(
            "智能制造产业园", "生物医药产业园", "新能源汽车零部件基地", "数字金融产业园",
            "精密装备研发中心", "工业互联网创新园", "先进材料生产基地", "冷链物流中心",
        ),
        unit="{town}经济发展局",
        steps=_SITE_STEPS,
        budget=(12_000, 160_000),
    ),
    Category(
        name="重点工程",
        shape="area",
        count=17,
        titles=(
            "安置房", "人才公寓", "污水处理厂扩建", "综合交通枢纽", "会展中心", "体育中心",
            "商务广场", "110千伏变电站",
        ),
        unit="{town}建设管理局",
        steps=_SITE_STEPS,
        budget=(8_000, 120_000),
    ),
    Category(
        name="民生实事",
        shape="point",
        count=20,
        titles=(
            "幼儿园新建", "农贸市场改造", "卫生服务中心", "老旧小区改造", "日间照料中心",
            "中学扩建", "邻里中心", "口袋公园",
        ),
        unit="{town}社会事业局",
        steps=_SMALL_STEPS,
        budget=(300, 9_000),
    ),
    Category(
        name="交通建设",
        shape="road",
        count=16,
        titles=("改扩建工程", "雨污水管网改造", "快速化改造", "大修工程", "慢行系统提升"),
        unit="区交通运输局",
        steps=_LINE_STEPS,
        budget=(2_000, 60_000),
    ),
    Category(
        name="生态治理",
        shape="river",
        count=13,
        titles=("水环境综合整治", "生态护岸工程", "清淤疏浚工程", "滨水步道工程"),
        unit="区水务局",
        steps=_RIVER_STEPS,
        budget=(800, 15_000),
    ),
)  # fmt: skip


def projects_frame(
    ground: Ground, addresses: Addresses, placing: Placing, today: date
) -> gpd.GeoDataFrame:
    """The layer key_projects in EPSG:4326, in the order of its codes."""
    rng = placing.rng
    people = People(rng)
    placed = [
        (category, name, shape)
        for category in CATEGORIES
        for name, shape in _place(category, ground, addresses, placing)
    ]
    states = _states(rng, len(placed))
    middles = shapely.get_coordinates(shapely.point_on_surface([shape for *_, shape in placed]))
    towns = addresses.areas(middles, "towns")
    rows = []
    for i, (category, name, shape) in enumerate(placed):
        budget = float(np.exp(rng.uniform(*np.log(category.budget))))
        course = draw_schedule(rng, states[i], today, category.steps, budget)
        rows.append(
            {
                "code": f"XC{i + 1:03d}",
                "name": name,
                "category": category.name,
                "unit": category.unit.format(town=towns[i]),
                "manager": people.name(),
                "phone": people.mobile(),
                **asdict(course),
                "geometry": to_degrees(shape),
            }
        )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")


def _states(rng: np.random.Generator, n: int) -> list[Status]:
    """Shares kept exactly (up to rounding), order by chance."""
    counts = {state: round(n * share) for state, share in STATUS_SHARES.items()}
    counts["on_track"] += n - sum(counts.values())
    states = [state for state, count in counts.items() for _ in range(count)]
    return [states[i] for i in rng.permutation(n)]


def _place(
    category: Category, ground: Ground, addresses: Addresses, placing: Placing
) -> Iterator[tuple[str, BaseGeometry]]:
    if category.shape == "road":
        yield from _along_roads(category, ground, placing)
    elif category.shape == "river":
        yield from _along_rivers(category, ground, placing)
    else:
        yield from _on_sites(category, ground, addresses, placing)


def _on_sites(
    category: Category, ground: Ground, addresses: Addresses, placing: Placing
) -> Iterator[tuple[str, BaseGeometry]]:
    """Sites for building on, or points; named after their community, each name once."""
    if category.shape == "area":
        shapes = _sites(category.count, ground, placing)
    else:
        points = placing.around(category.count, ground.homes, 350.0)
        shapes = [shapely.Point(xy) for xy in points]
    middles = shapely.get_coordinates(shapely.centroid(np.array(shapes)))
    taken: set[str] = set()
    for i, community in enumerate(addresses.areas(middles, "communities")):
        place = community.removesuffix("社区").removesuffix("村")
        title = category.titles[i % len(category.titles)]
        name = next(
            name
            for phase in ("", "二期", "三期", "四期", "五期")
            if (name := f"{place}{title}{phase}项目") not in taken
        )
        taken.add(name)
        yield name, shapes[i]


def _sites(count: int, ground: Ground, placing: Placing) -> list[BaseGeometry]:
    """Four-cornered plots on dry land, off the big roads, apart from each other."""
    rng = placing.rng
    big = ground.roads.lines[ground.roads.of_kinds("expressway", "arterial")]
    tree = shapely.STRtree([*shapely.buffer(big, 30.0), *shapely.get_parts(ground.wet)])
    taken: list[BaseGeometry] = []
    found: list[BaseGeometry] = []
    while len(found) < count:
        for centre in placing.around(24, np.vstack([ground.centres, ground.homes]), 1_100.0):
            plot = _plot(rng, centre)
            clear = not len(tree.query(plot, predicate="intersects"))
            free = clear and ground.core.contains(plot) and not any(map(plot.intersects, taken))
            if free and len(found) < count:
                found.append(plot)
                taken.append(plot.buffer(60.0))
    return found


def _plot(rng: np.random.Generator, centre: np.ndarray) -> BaseGeometry:
    half = rng.uniform(70.0, 190.0, 2)
    angle = rng.normal(0.0, 0.2)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half * rng.uniform(0.8, 1.1, (4, 2))
    return shapely.Polygon(centre + corners @ turn)


def _along_roads(
    category: Category, ground: Ground, placing: Placing
) -> Iterator[tuple[str, BaseGeometry]]:
    rng, roads = placing.rng, ground.roads
    big = [i for i in roads.of_kinds("arterial", "street") if roads.lines[i].length > 1_500]
    names = list(dict.fromkeys(roads.names[i] for i in rng.permutation(big)))[: category.count]
    for number, name in enumerate(names):
        line = max((roads.lines[i] for i in big if roads.names[i] == name), key=lambda x: x.length)
        yield f"{name}{category.titles[number % len(category.titles)]}", _stretch(rng, line)


def _along_rivers(
    category: Category, ground: Ground, placing: Placing
) -> Iterator[tuple[str, BaseGeometry]]:
    rng = placing.rng
    for number, i in enumerate(rng.permutation(len(ground.courses))[: category.count]):
        name, _, course = ground.courses[i]
        line = max(shapely.get_parts(course), key=lambda part: part.length)
        yield f"{name}{category.titles[number % len(category.titles)]}", _stretch(rng, line)


def _stretch(rng: np.random.Generator, line: shapely.LineString) -> BaseGeometry:
    """One to four kilometres of a line, or all of it."""
    length = min(line.length, float(rng.uniform(1_200.0, 4_000.0)))
    start = float(rng.uniform(0.0, line.length - length))
    return shapely.ops.substring(line, start, start + length)
