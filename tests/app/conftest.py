"""The web program on a small district: its parts, and the whole of it, served for real."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import msgspec
import pytest

from app import web
from app.settings import Settings, read_settings
from iot.alert_log import AlertChange, change
from iot.levels import Level
from iot.live import Delta, Heartbeat
from iot.mqtt import MqttClient
from store.engine import default_url, open_engine
from store.migrate import migrate
from tests.app.small import write_small
from tests.support import free_port, mosquitto_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import uvicorn

    from app.services import Services
    from iot.alerts import Alert


@pytest.fixture(scope="session")
def broker_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real Mosquitto on a free port."""
    program = mosquitto_path()
    assert program is not None, "mosquitto is not installed; run deploy/system-packages"
    folder = tmp_path_factory.mktemp("mosquitto")
    port = free_port()
    config = folder / "mosquitto.conf"
    config.write_text(f"listener {port} 127.0.0.1\nallow_anonymous true\n")
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen([program, "-c", str(config)], stdout=output, stderr=output)
    try:
        _wait_for_port(port, log)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for_port(port: int, log: Path) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the small district and an empty store, to be copied."""
    folder = tmp_path_factory.mktemp("small")
    write_small(folder / "onemap.gpkg")
    engine = open_engine(default_url(folder))
    migrate(engine)
    engine.dispose()
    return folder


@pytest.fixture
def settings(small_data: Path, tmp_path: Path) -> Settings:
    """A small district in ``tmp_path``, and a broker that is not there."""
    shutil.copytree(small_data, tmp_path, dirs_exist_ok=True)
    return read_settings(data=tmp_path, web={"port": free_port()}, mqtt={"port": free_port()})


@pytest.fixture
def services(settings: Settings) -> Iterator[Services]:
    """The parts of the web program, not started: no broker, an empty store."""
    made = web.open_services(settings)
    yield made
    made.ledger.engine.dispose()


@dataclass
class Running:
    """The web program, served by uvicorn in a thread."""

    services: Services
    server: uvicorn.Server
    port: int
    thread: threading.Thread = field(init=False)

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.base + path, timeout=10, **options)

    def start(self, listening: socket.socket) -> None:
        self.thread = threading.Thread(target=self.server.run, args=([listening],), daemon=True)
        self.thread.start()
        try:
            wait_until("the store was read", lambda: self.services.feed.reads > 0)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)
        assert not self.thread.is_alive(), "the web program does not end"


@pytest.fixture(scope="module")
def steady(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Served, without a broker, for tests that change nothing.

    A module's, not the session's: it looks for its broker as long as it runs.
    """
    data = tmp_path_factory.mktemp("steady")
    shutil.copytree(small_data, data, dirs_exist_ok=True)
    ports = {"web": {"port": free_port()}, "mqtt": {"port": free_port()}}
    with_server = serve(read_settings(data=data, **ports))
    yield with_server
    with_server.stop()


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    """Served, without a broker."""
    with_server = serve(settings)
    yield with_server
    with_server.stop()


@pytest.fixture
def live(settings: Settings, broker_port: int) -> Iterator[Running]:
    """Served, with a real broker and no ingest."""
    mqtt = settings.mqtt.model_copy(update={"port": broker_port})
    with_server = serve(settings.model_copy(update={"mqtt": mqtt}))
    try:
        wait_until("connected", lambda: with_server.services.feed.vitals.connected)
        yield with_server
    finally:
        with_server.stop()


def serve(settings: Settings) -> Running:
    """Build and start it on the port of the settings."""
    listening = web.listen(settings.web.host, settings.web.port)
    app = web.build(settings)
    server = web.make_server(app)
    started = Running(app.state.services, server, settings.web.port)
    started.start(listening)
    return started


@dataclass
class FakeIngest:
    """Speaks to the web program as ingest does: numbered deltas and heartbeats, MessagePack."""

    port: int
    epoch: str = "ingest-1"
    seq: int = 0
    client: MqttClient = field(init=False)

    def __post_init__(self) -> None:
        self.client = MqttClient(f"mqtt://127.0.0.1:{self.port}", f"fake-{free_port()}")
        self.client.start()
        if not self.client.wait_connected(10):
            self.client.stop()
            raise AssertionError("the broker does not answer")

    def delta(self, **parts: Any) -> None:
        self.seq += 1
        delta = Delta(self.epoch, self.seq, now(), **parts)
        self._publish("onemap/v1/live/delta", delta)

    def heartbeat(self, **parts: Any) -> None:
        self._publish("onemap/v1/live/heartbeat", Heartbeat(self.epoch, self.seq, now(), **parts))

    def _publish(self, topic: str, message: object) -> None:
        payload = msgspec.msgpack.encode(message)
        self.client.publish(topic, payload).wait_for_publish(5)


@pytest.fixture
def ingest(broker_port: int) -> Iterator[FakeIngest]:
    """Ingest's side of the wire."""
    made = FakeIngest(broker_port)
    yield made
    made.client.stop()


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


def open_alert(services: Services, component: str, level: Level = Level.RED, at: int = 0) -> Alert:
    """An alert of the rule ``01002.tilt`` in the store, as ingest writes it."""
    return _change(
        services, AlertChange(component, "01002.tilt", level, "井盖倾斜", 41.0, at or now())
    )


def clear_alert(services: Services, component: str) -> Alert:
    """The same alert is over."""
    return _change(services, AlertChange(component, "01002.tilt", Level.NONE, "", 1.0, now()))


def _change(services: Services, wanted: AlertChange) -> Alert:
    with services.ledger.engine.begin() as connection:
        changed = change(connection, wanted)
    assert changed is not None
    _, alert = changed
    return alert


def wait_until(what: str, check: Any, timeout: float = 10.0) -> Any:
    """The first true answer of ``check``."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        answer = check()
        if answer:
            return answer
        time.sleep(0.01)
    raise AssertionError(f"not within {timeout:g} s: {what}")
