"""A small district, made in code: two towns, four grids, six components."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import Point, box

from geodata.geopackage import write_state

if TYPE_CHECKING:
    from pathlib import Path

CRS = "EPSG:4326"
TOWNS = ("320507001", "320507002")
#: West to east along 31.40 N, 0.01 degrees wide each; two grids a town.
GRIDS = ("320507001001001", "320507001001002", "320507002001001", "320507002001002")
AREAS = ("320507001-E1", "320507002-E1")
COVER, FLOOD = "01002", "01067"
#: Manhole covers; the first two stand in the first grid, then one a grid.
COVERS = tuple(f"3205070100200000{n}" for n in range(1, 6))
#: Of a class that the catalogue does not have.
STRANGER = "32050701999000001"
GATEWAYS = ("gw-east", "gw-west")

_SPOTS = (120.601, 120.602, 120.611, 120.621, 120.631, 120.605)


def small_layers(names: dict[str, str] | None = None) -> dict[str, gpd.GeoDataFrame]:
    """Layer id -> frame; ``names`` renames components by code."""
    squares = [box(120.60 + 0.01 * n, 31.40, 120.61 + 0.01 * n, 31.41) for n in range(4)]
    towns = [box(120.60, 31.40, 120.62, 31.41), box(120.62, 31.40, 120.64, 31.41)]
    codes = (*COVERS, STRANGER)
    return {
        "district": _frame([box(120.60, 31.40, 120.64, 31.41)], ["320507"], ["相城区"]),
        "towns": _frame(towns, TOWNS, ["元和街道", "黄桥街道"]),
        "communities": _frame(towns, [f"{town}001" for town in TOWNS], ["甲社区", "乙社区"]),
        "grids": _frame(
            squares,
            GRIDS,
            [f"网格{n}" for n in range(1, 5)],
            leader=["张三", "李四", "王五", None],
            leader_phone=["13800000001", "13800000002", None, None],
            branch_secretary=["张三", "李四", "赵六", None],
        ),
        "enforcement_areas": _frame(towns, AREAS, ["第一片区", "第二片区"], leader=["钱七", None]),
        "key_projects": _frame([Point(120.603, 31.405)], ["P001"], ["地铁口改造"]),
        "party_sites": _frame([Point(120.6015, 31.405)], ["D001"], ["先锋驿站"]),
        "components": _frame(
            [Point(lon, 31.405) for lon in _SPOTS],
            codes,
            [(names or {}).get(code, f"井盖{n}") for n, code in enumerate(codes, 1)],
            class_code=[COVER] * 5 + ["99999"],
            gateway=[GATEWAYS[0], GATEWAYS[0], GATEWAYS[1], GATEWAYS[1], GATEWAYS[1], None],
        ),
    }


def write_small(path: Path, names: dict[str, str] | None = None) -> None:
    """Publish it as the GeoPackage at ``path``."""
    agencies = pd.DataFrame(
        [(f"{TOWNS[0]}-A1", TOWNS[0], "建设管理局", "孙八", "0512-1")],
        columns=["code", "town", "name", "head", "phone"],
    )
    write_state(path, small_layers(names), agencies=agencies, meta={"sample": "1"})


def _frame(geometry: Any, codes: Any, names: Any, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"code": list(codes), "name": list(names), **columns}, geometry=list(geometry), crs=CRS
    )
