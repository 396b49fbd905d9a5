"""Map data: simple enough for its zoom, borders still shared, cached by version."""

from __future__ import annotations

import asyncio
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import httpx
import numpy as np
import pytest
import shapely
from fastapi import FastAPI
from shapely.geometry import LineString, Point, Polygon, shape

from app.api import mapdata
from app.api.mapdata import encode_layer, simplify, tolerance
from geodata.atlas import Atlas
from iot.picture import Picture
from layers import all_layers

ROWS, COLUMNS, POINTS = 4, 5, 40


def wavy(start: tuple[float, float], end: tuple[float, float]) -> list[tuple[float, float]]:
    """A border with bends of about 40 m; the same from either side."""
    t = np.linspace(0, 1, POINTS)
    (x0, y0), (x1, y1) = start, end
    bend = 0.0004 * np.sin(9 * np.pi * t) * np.sin(np.pi * t)
    across = (y1 - y0, x0 - x1)
    length = np.hypot(*across)
    x = x0 + (x1 - x0) * t + bend * across[0] / length
    y = y0 + (y1 - y0) * t + bend * across[1] / length
    return list(zip(np.round(x, 9).tolist(), np.round(y, 9).tolist(), strict=True))


def cell(column: int, row: int) -> Polygon:
    """One area of the coverage; its four borders are those of its neighbours."""
    step = 0.01
    west, south = 120.6 + step * column, 31.4 + step * row
    east, north = 120.6 + step * (column + 1), 31.4 + step * (row + 1)
    bottom = wavy((west, south), (east, south))
    right = wavy((east, south), (east, north))
    top = wavy((west, north), (east, north))[::-1]
    left = wavy((west, south), (west, north))[::-1]
    return Polygon([*bottom, *right[1:], *top[1:], *left[1:]])


def grids() -> gpd.GeoDataFrame:
    cells = [(c, r) for r in range(ROWS) for c in range(COLUMNS)]
    codes = [f"3205070010010{n:02d}" for n in range(len(cells))]
    names = [f"网格{n}" for n in range(len(cells))]
    shapes = [cell(c, r) for c, r in cells]
    return gpd.GeoDataFrame({"code": codes, "name": names}, geometry=shapes, crs="EPSG:4326")


def make_atlas(version: str = "v1") -> Atlas:
    road = LineString(wavy((120.6, 31.4), (120.7, 31.4)))
    roads = gpd.GeoDataFrame(
        {"code": ["R1"], "name": ["路"], "kind": ["street"]}, geometry=[road], crs="EPSG:4326"
    )
    sites = gpd.GeoDataFrame(
        {"code": ["D1"], "name": ["站"], "kind": ["驿站"], "phone": ["1"]},
        geometry=[Point(120.6, 31.4)],
        crs="EPSG:4326",
    )
    layers = {"grids": grids(), "roads": roads, "party_sites": sites}
    return Atlas.of(layers, path=Path("none.gpkg"), version=version)


@dataclass
class Parts:
    atlas: Atlas
    picture: Picture


@dataclass
class Client:
    """Asks the application without a network."""

    app: FastAPI
    raises: bool = True

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=self.raises)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.get(path, headers=headers)

        return asyncio.run(ask())


@pytest.fixture
def parts() -> Parts:
    return Parts(make_atlas(), Picture())


@pytest.fixture
def client(parts: Parts) -> Client:
    app = FastAPI()
    app.include_router(mapdata.router(parts))  # type: ignore[arg-type]  # all that it reads
    return Client(app)


def vertices(collection: dict[str, Any]) -> int:
    shapes = [shape(each["geometry"]) for each in collection["features"]]
    return int(shapely.get_num_coordinates(shapes).sum())


def test_the_test_data_are_a_coverage() -> None:
    assert shapely.coverage_is_valid(np.array(grids().geometry.array))


@pytest.mark.parametrize("zoom", range(8, 18))
def test_shared_borders_stay_shared_at_every_zoom(zoom: int) -> None:
    frame = grids()
    drawn = simplify(frame, zoom, coverage=True)
    assert shapely.is_valid(drawn).all()
    assert not shapely.is_empty(drawn).any()
    collection = json.loads(encode_layer(frame, all_layers()["grids"], zoom))
    shapes = np.array([shape(each["geometry"]) for each in collection["features"]])
    assert shapely.coverage_is_valid(shapes)


def test_further_out_is_simpler_and_off_by_a_pixel_at_most() -> None:
    frame = grids()
    metric = np.array(frame.geometry.to_crs("EPSG:4549").array)
    counts = []
    for zoom in (9, 11, 13, 15, 17):
        drawn = gpd.GeoSeries(simplify(frame, zoom, coverage=True), crs="EPSG:4326")
        counts.append(int(shapely.get_num_coordinates(drawn.array).sum()))
        moved = shapely.hausdorff_distance(np.array(drawn.to_crs("EPSG:4549").array), metric)
        assert moved.max() <= 3 * tolerance(zoom)
    assert counts == sorted(counts)
    assert counts[0] < counts[-1] / 5
    assert counts[-1] == shapely.get_num_coordinates(metric).sum()


def test_a_feature_has_what_the_map_needs_and_no_more(client: Client) -> None:
    collection = client.get("/map/grids.geojson?z=12").json()
    assert len(collection["features"]) == ROWS * COLUMNS
    first = collection["features"][0]
    assert first["id"] == first["properties"]["code"]
    wanted = {"code", "name", "town", "community", "enforcement_area", "lx", "ly"}
    assert set(first["properties"]) == wanted
    for each in collection["features"]:
        label = Point(each["properties"]["lx"], each["properties"]["ly"])
        assert shape(each["geometry"]).contains(label)
    (site,) = client.get("/map/party_sites.geojson?z=12").json()["features"]
    assert site["properties"] == {"code": "D1", "name": "站", "kind": "驿站"}
    assert site["geometry"] == {"type": "Point", "coordinates": [120.6, 31.4]}


def test_lines_are_simplified_too(client: Client) -> None:
    near = client.get("/map/roads.geojson?z=18").json()
    far = client.get("/map/roads.geojson?z=9").json()
    assert vertices(near) == POINTS
    assert vertices(far) < 5


def test_a_crescents_label_stands_inside_it() -> None:
    moon = Point(120.6, 31.4).buffer(0.01) - Point(120.604, 31.4).buffer(0.01)
    frame = gpd.GeoDataFrame({"code": ["1"], "name": ["月"]}, geometry=[moon], crs="EPSG:4326")
    assert not moon.contains(moon.centroid)
    (found,) = json.loads(encode_layer(frame, all_layers()["district"], 18))["features"]
    assert moon.contains(Point(found["properties"]["lx"], found["properties"]["ly"]))


def test_empty_layers_and_missing_shapes_are_no_trouble(client: Client) -> None:
    assert client.get("/map/water.geojson?z=10").json()["features"] == []
    frame = gpd.GeoDataFrame(
        {"code": ["1", "2", "3"], "name": ["a", "b", "c"]},
        geometry=[None, Polygon(), cell(0, 0)],
        crs="EPSG:4326",
    )
    features = json.loads(encode_layer(frame, all_layers()["district"], 10))["features"]
    assert features[0]["geometry"] is None
    assert "lx" not in features[1]["properties"]


def test_what_the_browser_has_is_not_sent_again(client: Client, parts: Parts) -> None:
    first = client.get("/map/grids.geojson?z=12")
    assert first.headers["cache-control"] == "no-cache"
    tag = first.headers["etag"]
    again = client.get("/map/grids.geojson?z=12", headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == tag
    assert client.get("/map/grids.geojson?z=13").headers["etag"] != tag
    parts.atlas = make_atlas("v2")
    assert client.get("/map/grids.geojson?z=12", headers={"If-None-Match": tag}).status_code == 200


def test_an_address_with_its_version_is_kept_for_ever(client: Client) -> None:
    assert "immutable" in client.get("/map/grids.geojson?z=12&v=v1").headers["cache-control"]
    # An old version's address gets the new state, which must not be kept under it.
    assert client.get("/map/grids.geojson?z=12&v=v0").headers["cache-control"] == "no-cache"


def test_zooms_beyond_the_last_share_one_answer(client: Client) -> None:
    tags = {client.get(f"/map/grids.geojson?z={z}").headers["etag"] for z in (17, 18, 22.5)}
    assert len(tags) == 1
    assert client.get("/map/grids.geojson").headers["etag"] in tags


@pytest.mark.parametrize("z", ["x", "nan", "inf", ""])
def test_a_wrong_zoom_is_named(client: Client, z: str) -> None:
    response = client.get(f"/map/grids.geojson?z={z}")
    assert response.status_code == 400
    assert response.json()["code"] == "invalid_z"


def test_an_unknown_layer_is_404(client: Client) -> None:
    assert client.get("/map/nothing.geojson").status_code == 404


def test_it_is_built_once_and_off_the_event_loop(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    built_on = []

    def build(*arguments: Any) -> bytes:
        built_on.append(threading.current_thread().name)
        return encode_layer(*arguments)

    monkeypatch.setattr(mapdata, "encode_layer", build)
    for _ in range(3):
        assert client.get("/map/grids.geojson?z=10").status_code == 200
    assert len(built_on) == 1
    assert "asyncio" in built_on[0]


def test_what_failed_is_tried_again(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    app.include_router(mapdata.router(parts))  # type: ignore[arg-type]
    client = Client(app, raises=False)

    def fail(*_arguments: Any) -> bytes:
        raise MemoryError

    monkeypatch.setattr(mapdata, "encode_layer", fail)
    assert client.get("/map/grids.geojson").status_code == 500
    monkeypatch.undo()
    assert client.get("/map/grids.geojson").status_code == 200
