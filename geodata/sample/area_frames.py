"""The areas as layers: codes, names and who answers for each of them (all people made up)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geodata.sample.ground import to_plane_polygon
from geodata.sample.numbering import reading_order
from geodata.sample.people import People
from geodata.sample.towns import DISTRICT_CODE, DISTRICT_NAME, STANDARD_REF, TOWNS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from geodata.sample.ground import Ground

#: The eight agencies of a town (机构), as the reform names them.
AGENCIES = (
    "党政办公室",
    "经济发展局",
    "财政和资产监督管理局",
    "建设管理局",
    "社会事业局",
    "行政审批局",
    "综合行政执法局",
    "集成指挥中心",
)

#: People living in the district, about (seventh census: 891 000).
POPULATION = 890_000

_ORDINALS = "一二三四"


def area_frames(ground: Ground, rng: np.random.Generator) -> dict[str, gpd.GeoDataFrame]:
    """The layers district, towns, communities, grids, enforcement_areas, in that order."""
    people = People(rng)
    communities = _communities(ground)
    return {
        "district": _frame(
            [ground.areas.district],
            code=[DISTRICT_CODE],
            name=[DISTRICT_NAME],
            name_en=["Xiangcheng District"],
        ),
        "towns": _frame(
            ground.areas.towns,
            code=[town.code for town in TOWNS],
            name=[town.name for town in TOWNS],
            name_en=[town.name_en for town in TOWNS],
            standard_ref=[STANDARD_REF] * len(TOWNS),
        ),
        "communities": communities.sort_values("code", ignore_index=True),
        "grids": _grids(ground, communities, people, rng),
        "enforcement_areas": _enforcement_areas(ground, people, rng),
    }


def agencies(rng: np.random.Generator) -> pd.DataFrame:
    """The agencies of every town: code, town, name, head, phone."""
    people = People(rng)
    rows = [
        (f"{town.code}J{number}", town.code, name, people.name(), people.landline())
        for town in TOWNS
        for number, name in enumerate(AGENCIES, start=1)
    ]
    return pd.DataFrame(rows, columns=["code", "town", "name", "head", "phone"])


def _frame(geometry: object, **columns: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, crs="EPSG:4326")


def _texts(n: int) -> NDArray[np.object_]:
    return np.array([""] * n, dtype=object)


def _middles(polygons: NDArray[np.object_]) -> NDArray[np.float64]:
    return np.asarray(shapely.get_coordinates(shapely.centroid(to_plane_polygon(polygons))))


def _communities(ground: Ground) -> gpd.GeoDataFrame:
    """In the order of ``ground.areas.communities``: small ones are urban (社区), others villages.

    The last three digits count from 001 for urban communities and from 201 for
    villages, as the statistical codes do.
    """
    polygons = to_plane_polygon(ground.areas.communities)
    middles, size = _middles(ground.areas.communities), shapely.area(polygons)
    codes, names = _texts(len(polygons)), _texts(len(polygons))
    for number, town in enumerate(TOWNS):
        held = np.flatnonzero(ground.areas.town_of_community == number)
        held = held[np.argsort(size[held])]
        urban = sum(name.endswith("社区") for name in town.communities)
        for first, part, titles in (
            (1, held[:urban], town.communities[:urban]),
            (201, held[urban:], town.communities[urban:]),
        ):
            part = part[reading_order(middles[part])]
            codes[part] = [f"{town.code}{first + i:03d}" for i in range(len(part))]
            names[part] = titles
    return _frame(ground.areas.communities, code=codes, name=names)


def _grids(
    ground: Ground, communities: gpd.GeoDataFrame, people: People, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    middles = _middles(ground.areas.grids)
    parent = ground.areas.community_of_grid
    codes, names = _texts(len(parent)), _texts(len(parent))
    for number, (code, name) in enumerate(
        zip(communities["code"], communities["name"], strict=True)
    ):
        held = np.flatnonzero(parent == number)
        held = held[reading_order(middles[held])]
        codes[held] = [f"{code}{i:03d}" for i in range(1, len(held) + 1)]
        names[held] = [f"{name}第{i}网格" for i in range(1, len(held) + 1)]
    population = _population(ground, rng)
    leaders = [people.name() for _ in codes]
    frame = _frame(
        ground.areas.grids,
        code=codes,
        name=names,
        leader=leaders,
        leader_phone=[people.mobile() for _ in codes],
        party_branch=[f"{name}党支部" for name in names],
        branch_secretary=leaders,  # 一肩挑: one person holds both posts
        households=np.round(population / rng.uniform(2.5, 3.1, len(codes))).astype(int),
        population=population,
        party_members=np.round(population * rng.uniform(0.025, 0.06, len(codes))).astype(int),
    )
    return frame.sort_values("code", ignore_index=True)


def _population(ground: Ground, rng: np.random.Generator) -> NDArray[np.int64]:
    """By cells of the mesh (dense where people live) and by what is dry."""
    grids = to_plane_polygon(ground.areas.grids)
    lakes = shapely.union_all([lake for _, lake in ground.lakes])
    dry = shapely.area(shapely.difference(grids, lakes)) / shapely.area(grids)
    weight = ground.areas.cells * dry * rng.lognormal(0.0, 0.3, len(grids))
    return np.asarray(np.round(weight * (POPULATION / weight.sum())), dtype=np.int64)


def _enforcement_areas(
    ground: Ground, people: People, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    middles = _middles(ground.areas.enforcement_areas)
    rows = []
    for number, town in enumerate(TOWNS):
        held = np.flatnonzero(ground.areas.town_of_enforcement_area == number)
        for i, area in enumerate(held[reading_order(middles[held])]):
            rows.append(
                {
                    "code": f"{town.code}Z{i + 1}",
                    "name": f"{town.name}第{_ORDINALS[i]}执法片区",
                    "leader": people.name(),
                    "phone": people.mobile(),
                    "officers": int(rng.integers(9, 23)),
                    "geometry": ground.areas.enforcement_areas[area],
                }
            )
    return gpd.GeoDataFrame(rows, crs="EPSG:4326")
