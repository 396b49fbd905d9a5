"""A page with a map and the wire's server side: real snapshot bytes, a real SSE stream.

The server answers as the product does, but what it tells is decided by the test.
"""

from __future__ import annotations

import asyncio
import json
import struct
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dash_leaflet as dl
import numpy as np
import uvicorn
from dash import Dash, dcc, html
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse

from tests.support import free_port

if TYPE_CHECKING:
    from collections.abc import Callable

ASSETS = Path(__file__).resolve().parents[2] / "assets"
CENTRE = (31.40, 120.62)
ICONS = ["cover", "wave", "gauge", "bin", "lamp", "smoke"]
BEAT_S = 0.3  # faster than the product's, so that tests wait less
TOWNS = ["320507001", "320507100"]


def code_of(row: int) -> str:
    """The code of the component in that row."""
    return f"3205070101{row:06d}"


def iso(seconds: float) -> str:
    """Epoch seconds as the wire writes them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()


@dataclass
class FakeLive:
    """What the server says. All methods may be called from the test's thread."""

    count: int
    epoch: str = "e1"
    seq: int = 10
    atlas: str = "a1"
    beating: bool = True
    beat: dict[str, Any] = field(default_factory=dict)
    snapshots: int = 0
    connections: int = 0
    open_streams: int = 0
    names: dict[str, str] = field(default_factory=dict)
    alerts: list[dict[str, Any]] = field(default_factory=list)
    refuse: bool = False
    level: np.ndarray[Any, Any] = field(init=False)
    presence: np.ndarray[Any, Any] = field(init=False)
    lon: np.ndarray[Any, Any] = field(init=False)
    lat: np.ndarray[Any, Any] = field(init=False)

    def __post_init__(self) -> None:
        random = np.random.default_rng(1)
        self.level = np.zeros(self.count, np.uint8)
        self.presence = np.ones(self.count, np.uint8)
        self.lon = CENTRE[1] + (random.random(self.count) - 0.5) * 0.3
        self.lat = CENTRE[0] + (random.random(self.count) - 0.5) * 0.2
        self.loop: asyncio.AbstractEventLoop | None = None
        self.queues: set[asyncio.Queue[bytes | None]] = set()

    # -- the wire ---------------------------------------------------------------

    def snapshot(self) -> bytes:
        """OM01, header length, header, columns; each column begins on 8 bytes."""
        rows = np.arange(self.count)
        town = (self.lon > CENTRE[1]).astype("<u2")
        nowhere = np.full(self.count, 65_535, "<u2")
        columns: list[tuple[str, str, Any]] = [
            ("lon", "f64", self.lon.astype("<f8")),
            ("lat", "f64", self.lat.astype("<f8")),
            ("heard", "f64", np.where(self.presence > 0, time.time() * 1000, np.nan)),
            ("class", "u16", (rows % len(ICONS)).astype("<u2")),
            ("town", "u16", town),
            ("community", "u16", nowhere),
            ("grid", "u16", (rows % 7).astype("<u2")),
            ("enforcement_area", "u16", nowhere),
            ("gateway", "u16", nowhere),
            ("level", "u8", self.level),
            ("presence", "u8", self.presence),
            ("code", "ascii20", np.array([code_of(row).encode() for row in rows], "S20")),
        ]
        body, described, offset = [], [], 0
        for name, kind, array in columns:
            data = array.tobytes()
            described.append({"name": name, "type": kind, "offset": offset, "length": len(data)})
            data += b"\0" * (-len(data) % 8)
            body.append(data)
            offset += len(data)
        header = json.dumps(
            {
                "epoch": self.epoch,
                "seq": self.seq,
                "at": iso(time.time()),
                "count": self.count,
                "columns": described,
                "classes": [
                    {"code": f"0{i}", "name_zh": icon, "name_en": icon, "icon": icon}
                    for i, icon in enumerate(ICONS)
                ],
                "towns": TOWNS,
                "communities": [],
                "grids": [f"g{i}" for i in range(7)],
                "enforcement_areas": [],
                "gateways": [],
                "atlas": self.atlas,
                "sample": True,
            }
        ).encode()
        header += b" " * (-(8 + len(header)) % 8)
        return b"OM01" + struct.pack("<I", len(header)) + header + b"".join(body)

    def heartbeat(self, **more: Any) -> bytes:
        """As the product sends it each second; its id repeats the last event's."""
        now = time.time()
        level = np.bincount(self.level, minlength=5)
        data = {
            "epoch": self.epoch,
            "seq": self.seq,
            "at": iso(now),
            "data_at": iso(now - 1),
            "stale": False,
            "stale_since": None,
            "cause": None,
            "counts": {
                "components": self.count,
                "online": self.count,
                "late": 0,
                "offline": 0,
                "unknown": 0,
                "levels": {
                    "red": int(level[4]),
                    "orange": int(level[3]),
                    "yellow": int(level[2]),
                    "blue": int(level[1]),
                },
            },
            "alerts_open": int((self.level > 0).sum()),
            "atlas": self.atlas,
            "resync": False,
        }
        return self.frame("heartbeat", data | self.beat | more)

    def frame(self, event: str, data: Any) -> bytes:
        """One server-sent event."""
        head = f"id: {self.epoch}-{self.seq}\nevent: {event}\ndata: "
        return head.encode() + json.dumps(data).encode() + b"\n\n"

    # -- what a test makes it say -------------------------------------------------

    def publish(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to every open page; number and sending are one step for the heartbeats."""

        def numbered() -> bytes:
            self.seq += 1
            return self.frame(event, data)

        self._send(numbered)

    def state(self, *components: dict[str, Any]) -> None:
        """A ``state`` event; levels are kept for the next snapshot."""
        numbers = {None: 0, "blue": 1, "yellow": 2, "orange": 3, "red": 4}
        for component in components:
            if "level" in component:
                self.level[int(component["code"][10:])] = numbers[component["level"]]
        self.publish("state", {"components": list(components)})

    def restart(self, epoch: str) -> None:
        """As after a restart of the server: another epoch, numbering anew, streams cut."""
        self.epoch, self.seq = epoch, 1
        self._send(None)

    def stop_streams(self) -> None:
        """Cut all streams and answer no new ones."""
        self.refuse = True
        self._send(None)

    def _send(self, frame: bytes | Callable[[], bytes] | None) -> None:
        assert self.loop is not None
        done = threading.Event()

        def put() -> None:
            made = frame() if callable(frame) else frame
            for queue in list(self.queues):
                queue.put_nowait(made)
            done.set()

        self.loop.call_soon_threadsafe(put)
        assert done.wait(5)

    # -- endpoints ------------------------------------------------------------------

    async def events(self, request: Request) -> Any:
        """One page's stream."""
        queue: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.queues.add(queue)
        self.connections += 1
        self.open_streams += 1
        try:
            yield b"retry: 300\n\n"
            beaten = 0.0
            while not await request.is_disconnected():
                if self.beating and queue.empty() and time.monotonic() - beaten > BEAT_S:
                    beaten = time.monotonic()
                    yield self.heartbeat()
                try:
                    frame = await asyncio.wait_for(queue.get(), BEAT_S / 2)
                except TimeoutError:
                    continue
                if frame is None:
                    return
                yield frame
        finally:
            self.open_streams -= 1
            self.queues.discard(queue)


STRINGS = {
    "age_now": "刚刚",
    "age_s": "{n} 秒前",
    "stale_stream": "连接中断",
    "since": "自 {time} 起",
}


def town_features() -> dict[str, Any]:
    """Two towns side by side around the centre; one has a name that would be markup."""
    lat, lon = CENTRE
    features = []
    for i, name in enumerate(["元和街道", "<script>window.hacked=1</script>"]):
        west = lon - 0.15 + 0.15 * i
        ring = [[west, lat - 0.1], [west + 0.15, lat - 0.1], [west + 0.15, lat + 0.1]]
        ring += [[west, lat + 0.1], ring[0]]
        features.append(
            {
                "type": "Feature",
                "id": TOWNS[i],
                "properties": {"code": TOWNS[i], "name": name},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def place_features() -> dict[str, Any]:
    """One late project in the middle."""
    lat, lon = CENTRE
    properties = {"code": "P1", "name": "<img src=x onerror=window.hacked=1>", "status": "late"}
    geometry = {"type": "Point", "coordinates": [lon + 0.01, lat + 0.01]}
    feature = {"type": "Feature", "id": "P1", "properties": properties, "geometry": geometry}
    return {"type": "FeatureCollection", "features": [feature]}


def layer_of(name: str, **more: Any) -> dl.GeoJSON:
    """A layer as the product's page makes it."""
    return dl.GeoJSON(
        id=f"layer-{name}",
        url=f"/map/{name}.geojson",
        style={"variable": "onemap.areas.style"},
        onEachFeature={"variable": "onemap.areas.each"},
        hideout={"layer": name},
        **more,
    )


def page() -> html.Div:
    """A bare browse page: top bar, map, strip, drawer's stores."""
    return html.Div(
        className="om-app",
        **{"data-strings": json.dumps(STRINGS)},
        children=[
            html.Div(
                className="om-top",
                children=[
                    html.Span("相城一图", className="om-brand"),
                    html.Span("演示数据", className="om-sample"),
                    html.Div(dcc.Input(id="search", placeholder="搜索"), className="om-search"),
                    html.Div(html.Span(**{"data-om": "age"}), className="om-age"),
                ],
            ),
            html.Div(html.Div("图层", className="om-panel"), className="om-left"),
            html.Div(
                className="om-map",
                children=[
                    dl.MapContainer(
                        [
                            layer_of("towns"),
                            layer_of(
                                "key_projects",
                                pointToLayer={"variable": "onemap.places.marker"},
                            ),
                        ],
                        id="map",
                        center=CENTRE,
                        zoom=12,
                        zoomControl=True,
                        attributionControl=False,
                        style={"height": "100%", "width": "100%"},
                    ),
                    html.Div(
                        [
                            html.Span(html.B(**{"data-om-count": level}), **{"data-count": level})
                            for level in ("red", "orange", "yellow", "blue")
                        ],
                        className="om-strip",
                    ),
                ],
            ),
            html.Div(html.Span(**{"data-om": "banner"}), className="om-banner"),
            dcc.Store(id="om-selected"),
            dcc.Store(id="om-pulse"),
        ],
    )


def application(live: FakeLive) -> FastAPI:
    """The page and its endpoints."""
    server = FastAPI()

    @server.get("/api/live/snapshot")
    async def snapshot() -> Response:
        live.snapshots += 1
        return Response(live.snapshot(), media_type="application/octet-stream")

    @server.get("/api/live")
    async def stream(request: Request) -> Response:
        live.loop = asyncio.get_running_loop()
        if live.refuse:
            return Response(status_code=503)
        return StreamingResponse(live.events(request), media_type="text/event-stream")

    @server.get("/api/alerts")
    async def alerts() -> Response:
        return JSONResponse({"alerts": live.alerts, "next": None})

    @server.get("/api/collections/components/items/{code}")
    async def item(code: str) -> Response:
        name = live.names.get(code, "部件 " + code)
        return JSONResponse({"properties": {"code": code, "name": name}})

    @server.get("/map/towns.geojson")
    async def towns() -> Response:
        return JSONResponse(town_features())

    @server.get("/map/key_projects.geojson")
    async def projects() -> Response:
        return JSONResponse(place_features())

    dash = Dash("onemap-test", server=server, assets_folder=str(ASSETS), update_title="")
    dash.layout = page()
    return server


class Running:
    """The server in a thread on a free port; ``url`` is where its page is."""

    def __init__(self, live: FakeLive) -> None:
        self.live = live
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        config = uvicorn.Config(
            application(live),
            host="127.0.0.1",
            port=self.port,
            log_level="warning",
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def start(self) -> None:
        """Returns once it answers."""
        self.thread.start()
        until = time.monotonic() + 15
        while not self.server.started:
            assert time.monotonic() < until, "the test server did not start"
            assert self.thread.is_alive(), "the test server died"
            time.sleep(0.02)

    def stop(self) -> None:
        """Ends its streams, then itself."""
        if self.live.loop is not None and self.live.queues:
            self.live.stop_streams()
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive(), "the test server did not stop"
