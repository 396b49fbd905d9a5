"""OGC API – Features as its clients meet it: GDAL over a real server, and every wrong request."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import httpx
import numpy as np
import pyogrio
import pytest
import uvicorn
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, box, shape

from app.api import features, mapdata
from app.api.problems import Problem
from app.api.query import MAX_LIMIT, parse_bbox
from geodata.atlas import Atlas
from geodata.attributes import LAYER_IDS
from iot.alerts import Alert
from iot.live import ComponentDelta, Delta, Sample
from iot.picture import Picture
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator

SIDE = 50  # so many grids a side: 2 500, more than GDAL asks for at once
STEP = 0.004
WEST, SOUTH = 120.55, 31.32
TOWN = "320507001"
COMPONENTS = tuple(f"3205070100200{n:04d}" for n in range(1, 41))
PATHS = ("", "/conformance", "/collections", "/collections/grids", "/collections/grids/items")


@dataclass
class Parts:
    """What the router reads."""

    atlas: Atlas
    picture: Picture


def frame(codes: Any, shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    data = {"code": list(codes), "name": [f"名{code}" for code in codes], **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs="EPSG:4326")


def make_atlas(version: str = "v1") -> Atlas:
    cells = [(x, y) for x in range(SIDE) for y in range(SIDE)]
    squares = [
        box(WEST + STEP * x, SOUTH + STEP * y, WEST + STEP * (x + 1), SOUTH + STEP * (y + 1))
        for x, y in cells
    ]
    whole = box(WEST, SOUTH, WEST + STEP * SIDE, SOUTH + STEP * SIDE)
    spots = [Point(WEST + STEP * (n + 0.5), SOUTH + STEP / 2) for n in range(len(COMPONENTS))]
    road = LineString([(WEST, SOUTH), (WEST + 1 / 3, SOUTH + 0.1)])
    layers = {
        "district": frame(["320507"], [whole]),
        "towns": frame([TOWN], [whole]),
        "communities": frame(["320507001001"], [whole]),
        "enforcement_areas": frame(["E1"], [whole], leader=["钱七"]),
        "grids": frame([f"{TOWN}{n:06d}" for n in range(len(cells))], squares),
        "key_projects": frame(["P1"], [Point(WEST + 0.1, SOUTH + 0.1)], progress=[40.0]),
        "party_sites": frame(["D1"], [Point(WEST + 0.1, SOUTH + 0.1)]),
        "service_points": frame(["S1"], [Point(WEST + 0.1, SOUTH + 0.1)]),
        "water": frame(["W1"], [road]),
        "roads": frame(["R1"], [road]),
        "components": frame(COMPONENTS, spots, class_code=["01002"] * 40, gateway=["gw-1"] * 40),
    }
    return Atlas.of(layers, path=Path("none.gpkg"), version=version)


@dataclass
class Server:
    """uvicorn in a thread around the routers and nothing else."""

    base: str
    parts: Parts

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return httpx.get(f"{self.base}/api{path}", params=parameters or None, timeout=20)

    def items(self, layer: str, **parameters: Any) -> dict[str, Any]:
        response = self.get(f"/collections/{layer}/items", **parameters)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    parts = Parts(make_atlas(), Picture())
    app = FastAPI(openapi_url="/api/openapi.json")
    app.include_router(features.router(parts))  # type: ignore[arg-type]  # all that it reads
    app.include_router(mapdata.router(parts))  # type: ignore[arg-type]
    listening = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
    thread = threading.Thread(target=running.run, args=([listening],), daemon=True)
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not running.started:
            assert time.monotonic() < deadline, "uvicorn does not start"
            time.sleep(0.02)
        yield Server(f"http://127.0.0.1:{listening.getsockname()[1]}", parts)
    finally:
        running.should_exit = True
        thread.join(10)
        listening.close()
    assert not thread.is_alive()


@pytest.fixture
def picture(server: Server) -> Iterator[Picture]:
    """A picture of its own for one test."""
    before, server.parts.picture = server.parts.picture, Picture()
    yield server.parts.picture
    server.parts.picture = before


#: GDAL holds Python's lock while it asks, so it must not share a process with the server.
READ_ALL = """
import sys, pyogrio
source, target = sys.argv[1:]
names = [name for name, _ in pyogrio.list_layers(source)]
for name in names:
    pyogrio.write_dataframe(pyogrio.read_dataframe(source, layer=name), target, layer=name)
"""


@pytest.fixture(scope="module")
def copied(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every layer as GDAL read it from the server, in a GeoPackage."""
    folder = tmp_path_factory.mktemp("gdal")
    target, log = folder / "copied.gpkg", folder / "log"
    command = [sys.executable, "-c", READ_ALL, f"OAPIF:{server.base}/api", str(target)]
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=output, timeout=60, check=False)
    assert done.returncode == 0, log.read_text()
    return target


def test_gdal_reads_all_grids_page_by_page(server: Server, copied: Path) -> None:
    found = pyogrio.read_dataframe(copied, layer="grids")
    assert len(found) == SIDE * SIDE
    assert found["code"].is_unique
    known = server.parts.atlas.layers["grids"]
    assert set(found["code"]) == set(known.index)
    ours = known.loc[found["code"]].geometry.bounds.to_numpy()
    assert np.abs(found.geometry.bounds.to_numpy() - ours).max() < 1e-7
    assert set(found["town"]) == {TOWN}


@pytest.mark.parametrize("layer", LAYER_IDS)
def test_gdal_reads_every_layer(server: Server, copied: Path, layer: str) -> None:
    found = pyogrio.read_dataframe(copied, layer=layer)
    assert len(found) == len(server.parts.atlas.layers[layer])
    assert not found.geometry.is_empty.any()
    assert list(found["code"]) == sorted(server.parts.atlas.layers[layer].index)


def test_a_feature_of_components_is_live(server: Server, picture: Picture) -> None:
    code = COMPONENTS[0]
    first = server.items("components", limit=1)["features"][0]
    assert first["id"] == code
    properties = first["properties"]
    wanted = ("code", "name", "class_code", "gateway", "town", "grid", "enforcement_area")
    assert [properties[key] for key in wanted] == [
        code,
        f"名{code}",
        "01002",
        "gw-1",
        TOWN,
        f"{TOWN}000000",
        "E1",
    ]
    assert properties["presence"] == "unknown"
    assert properties["level"] is None
    delta = ComponentDelta(code, {"tilt": Sample(1_000, 40.0, 1_100)}, int(Presence.ONLINE), 1_000)
    alert = Alert(
        id=1,
        component=code,
        rule="r",
        level="red",
        text="倾斜",
        value=40.0,
        opened_at=1_000,
    )
    picture.apply(Delta("e", 1, 1_200, [delta], [alert]))
    feature = server.get(f"/collections/components/items/{code}").json()
    assert feature["properties"]["presence"] == "online"
    assert feature["properties"]["level"] == "red"
    assert feature["properties"]["heard_at"] == "1970-01-01T00:00:01.000+00:00"
    grid = server.get(f"/collections/grids/items/{TOWN}000000").json()["properties"]
    assert (grid["level"], grid["open_alerts"]) == ("red", 1)
    other = server.get(f"/collections/grids/items/{TOWN}000001").json()["properties"]
    assert (other["level"], other["open_alerts"]) == (None, 0)


def test_pages_follow_each_other_and_back(server: Server) -> None:
    page = server.items("grids", limit=900)
    seen = [each["id"] for each in page["features"]]
    while links := [link["href"] for link in page["links"] if link["rel"] == "next"]:
        page = httpx.get(links[0]).json()
        assert page["numberMatched"] == SIDE * SIDE
        assert page["numberReturned"] == len(page["features"])
        seen += [each["id"] for each in page["features"]]
    assert seen == sorted(server.parts.atlas.layers["grids"].index)
    (back,) = [link["href"] for link in page["links"] if link["rel"] == "prev"]
    assert httpx.get(back).json()["features"][0]["id"] == seen[900]


def test_a_page_behind_the_last_is_empty(server: Server) -> None:
    page = server.items("grids", offset=10_000)
    assert page["features"] == []
    assert page["numberMatched"] == SIDE * SIDE
    assert "next" not in {link["rel"] for link in page["links"]}


def test_more_than_the_maximum_is_no_error(server: Server) -> None:
    page = server.items("grids", limit=MAX_LIMIT * 10)
    assert page["numberReturned"] == SIDE * SIDE


def test_bbox_is_exact(server: Server) -> None:
    inside = f"{WEST + STEP * 1.1},{SOUTH + STEP * 1.1},{WEST + STEP * 1.9},{SOUTH + STEP * 2.9}"
    page = server.items("grids", bbox=inside)
    assert [each["id"] for each in page["features"]] == [f"{TOWN}000051", f"{TOWN}000052"]
    with_heights = f"{WEST},{SOUTH},0,{WEST + 0.001},{SOUTH + 0.001},99"
    assert server.items("grids", bbox=with_heights)["numberMatched"] == 1
    # Its box meets the line's box, but not the line.
    corner = f"{WEST + 0.3},{SOUTH},{WEST + 0.31},{SOUTH + 0.01}"
    assert server.items("roads", bbox=corner)["numberMatched"] == 0
    assert server.items("roads", bbox="170,-10,-170,10")["numberMatched"] == 0


def test_attributes_filter(server: Server) -> None:
    assert server.items("components", grid=f"{TOWN}000050")["numberMatched"] == 1
    assert server.items("components", gateway="gw-2")["numberMatched"] == 0
    page = server.items("components", gateway="gw-1", limit=7)
    assert page["numberMatched"] == 40
    (after,) = [link["href"] for link in page["links"] if link["rel"] == "next"]
    assert "gateway=gw-1" in after


def test_coordinates_have_seven_decimals(server: Server) -> None:
    (road,) = server.items("roads")["features"]
    for number in np.ravel(road["geometry"]["coordinates"]):
        assert len(str(number).partition(".")[2]) <= 7
    assert shape(road["geometry"]).distance(Point(WEST + 1 / 3, SOUTH + 0.1)) < 1e-7


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=-1",
        "limit=ten",
        "limit=1.5",
        "limit=٣",
        "offset=-1",
        "bbox=1,2,3",
        "bbox=a,b,c,d",
        "bbox=120,32,121,31",
        "bbox=120,31,121,nan",
        "bbox=120,31,999,32",
        "bbox=",
        "colour=red",
        "f=html",
        "datetime=yesterday",
    ],
)
def test_wrong_parameters_are_named(server: Server, query: str) -> None:
    response = httpx.get(f"{server.base}/api/collections/grids/items?{query}")
    assert response.status_code == 400
    problem = response.json()
    assert set(problem) == {"code", "description"}
    assert query.partition("=")[0] in problem["description"]


@pytest.mark.parametrize(
    "path",
    ["/collections/nothing", "/collections/nothing/items", "/collections/grids/items/nothing"],
)
def test_what_is_not_there_is_404(server: Server, path: str) -> None:
    response = server.get(path)
    assert response.status_code == 404
    assert set(response.json()) == {"code", "description"}


def test_a_time_matches_everything(server: Server) -> None:
    for moment in ("2026-05-01T00:00:00Z", "../2026-05-01T00:00:00Z", "2026-05-01T00:00:00Z/.."):
        assert server.items("towns", datetime=moment)["numberMatched"] == 1


def test_links_lead_on_and_say_what_they_are(server: Server) -> None:
    landing = server.get("").json()
    rels = {link["rel"]: link for link in landing["links"]}
    assert {"self", "service-desc", "conformance", "data"} <= set(rels)
    for link in landing["links"]:
        assert link["href"].startswith(server.base)
        assert httpx.get(link["href"]).status_code == 200
    for each in server.get("/collections").json()["collections"]:
        for link in each["links"]:
            response = httpx.get(link["href"])
            assert response.status_code == 200
            assert response.headers["content-type"] == link["type"]


@pytest.mark.parametrize("path", PATHS)
def test_everything_is_json(server: Server, path: str) -> None:
    response = server.get(path)
    assert response.status_code == 200
    assert "json" in response.headers["content-type"]
    response.json()


def test_the_openapi_document_names_the_limits(server: Server) -> None:
    document = server.get("/openapi.json").json()
    described = document["paths"]["/api/collections/{layer_id}/items"]["get"]["parameters"]
    (limit,) = [each for each in described if each["name"] == "limit"]
    assert limit["schema"]["maximum"] == MAX_LIMIT


def test_a_new_state_is_served_at_once(server: Server) -> None:
    before = server.parts.atlas
    try:
        layers = {"district": before.layers["district"].drop(columns=["code"]).assign(code=["9"])}
        server.parts.atlas = Atlas.of(layers, path=Path("none.gpkg"), version="v2")
        assert server.items("district")["features"][0]["id"] == "9"
        assert server.items("grids")["numberMatched"] == 0
        assert "extent" not in server.get("/collections/grids").json()
    finally:
        server.parts.atlas = before
    assert server.items("grids")["numberMatched"] == SIDE * SIDE


def test_names_are_data(server: Server) -> None:
    before = server.parts.atlas
    nasty = '"},<script>alert(1)</script>'
    try:
        sites = frame(["D1"], [Point(WEST, SOUTH)]).assign(name=[nasty])
        server.parts.atlas = Atlas.of({"party_sites": sites}, path=Path("none"), version="v3")
        text = server.get("/collections/party_sites/items").text
        assert json.loads(text)["features"][0]["properties"]["name"] == nasty
    finally:
        server.parts.atlas = before


@given(st.text(max_size=40))
def test_any_bbox_is_read_or_refused(text: str) -> None:
    with suppress(Problem):
        boxes = parse_bbox(text)
        assert all(west <= east and south <= north for west, south, east, north in boxes)
