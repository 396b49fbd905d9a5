"""A small map, a running ``onemap ingest`` and what it says, for the tests of this folder."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import msgspec
import shapely

from geodata.geopackage import write_state
from iot.ledger import Ledger
from iot.live import Delta, Heartbeat
from store.engine import default_url, open_engine
from tests.iot.brokers import Listener, RunningBroker, eventually

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

COVER, FLOOD, SMOKE = "3205070100200001", "3205070106700001", "3205070190300001"
GATEWAY = "gw-1"


def component_row(code: str, class_code: str, gateway: str = GATEWAY) -> dict[str, Any]:
    return {"code": code, "name": f"部件 {code[-4:]}", "class_code": class_code, "gateway": gateway}


SMALL = [
    component_row(COVER, "01003"),
    component_row(FLOOD, "01067"),
    component_row(SMOKE, "01903"),
    component_row("3205079999900001", "99999"),
]


def covers(count: int, gateway: str = GATEWAY) -> list[dict[str, Any]]:
    return [component_row(f"32050701003{i:06d}", "01003", gateway) for i in range(count)]


def write_map(path: Path, rows: Iterable[dict[str, Any]] = SMALL) -> None:
    """Publish a GeoPackage with these components and nothing else."""
    rows = list(rows)
    points = [shapely.Point(120.6 + i * 1e-6, 31.4) for i in range(len(rows))]
    frame = gpd.GeoDataFrame(rows, geometry=points, crs="EPSG:4326")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_state(path, {"components": frame})


@dataclass
class RunningIngest:
    """``onemap ingest`` as a child process, on a broker."""

    broker: RunningBroker
    data: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *, ready: bool = True) -> None:
        command = [sys.executable, "-m", "app", "ingest", "--data", str(self.data)]
        command += ["--mqtt-port", str(self.broker.port)]
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                env={**os.environ, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        if ready:
            before = self.log.read_text().count("connected")
            eventually(lambda: self._says("connected", before), "ingest is connected", 30)

    def _says(self, word: str, before: int) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return self.log.read_text().count(word) > before

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.process.wait()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    @property
    def log(self) -> Path:
        return self.data / "ingest.log"

    @property
    def ledger(self) -> Ledger:
        return Ledger(open_engine(default_url(self.data)))


def deltas(listener: Listener) -> list[Delta]:
    decoder = msgspec.msgpack.Decoder(Delta)
    return [decoder.decode(body) for topic, body in listener.got if topic.endswith("/live/delta")]


def heartbeats(listener: Listener) -> list[Heartbeat]:
    decoder = msgspec.msgpack.Decoder(Heartbeat)
    return [
        decoder.decode(body) for topic, body in listener.got if topic.endswith("/live/heartbeat")
    ]


def payload(code: str, ts: Any = None, **values: Any) -> bytes:
    body: dict[str, Any] = {"id": code, "values": values}
    if ts is not None:
        body["ts"] = ts
    return json.dumps(body).encode()


def now_ms() -> int:
    return int(time.time() * 1000)
