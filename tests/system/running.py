"""A running ``onemap demo`` and a gateway that is none of ours, for tests and benchmarks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.support import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


#: True in the page once its components are painted.
SHOWN = "() => window.onemap && window.onemap.stats().painted > 0"


def wait_for(what: str, check: Callable[[], Any], timeout: float = 30.0) -> Any:
    """The first true answer of ``check``; an AssertionError that says what never came."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        answer = check()
        if answer:
            return answer
        time.sleep(0.05)
    raise AssertionError(f"not within {timeout:g} s: {what}")


@dataclass
class Demo:
    """A running ``onemap demo``."""

    data: Path
    broker: str
    simulate: bool = False
    port: int = field(default_factory=free_port)
    mqtt_port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.data.name}.log"

    def start(self) -> float:
        """Start and wait until it is healthy; returns the seconds that took."""
        command = [sys.executable, "-m", "app", "demo", "--data", str(self.data)]
        command += ["--port", str(self.port), "--mqtt-port", str(self.mqtt_port)]
        command += [] if self.simulate else ["--no-simulate"]
        began = time.monotonic()
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, "ONEMAP_MQTT__BROKER": self.broker},
            )
        wait_for("the demo is healthy", self.healthy, timeout=60)
        return time.monotonic() - began

    def stop(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise

    def pid(self, program: str) -> int:
        return int((self.data / "run" / f"{program}.pid").read_text())

    def kill(self, program: str) -> None:
        os.kill(self.pid(program), signal.SIGKILL)

    def get(self, path: str) -> Any:
        with urlopen(self.base + path, timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def post(self, path: str) -> Any:
        request = Request(  # noqa: S310 - loopback
            self.base + path,
            data=b"{}",
            method="POST",
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.load(answer)

    def healthy(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, "the demo ended"
        try:
            return bool(self.get("/healthz")["status"] == "ok")
        except (URLError, OSError, ValueError):
            return False

    def components(self, class_code: str) -> list[dict[str, Any]]:
        """Features of the components of one class, as the API gives them."""
        found: list[dict[str, Any]] = []
        path = "/api/collections/components/items?limit=10000"
        for feature in self.get(path)["features"]:
            if feature["properties"]["class_code"] == class_code:
                found.append(feature)
        return found

    @contextmanager
    def gateway(self, name: str) -> Iterator[Gateway]:
        """A gateway that is none of ours: plain paho, MQTT 3.1.1."""
        client = paho.Client(CallbackAPIVersion.VERSION2, client_id=f"test-{name}")
        client.connect("127.0.0.1", self.mqtt_port)
        client.loop_start()
        try:
            yield Gateway(name, client)
        finally:
            client.disconnect()
            client.loop_stop()


@dataclass
class Gateway:
    name: str
    client: paho.Client

    def publish(self, code: str, **values: float | bool | str) -> None:
        payload = json.dumps({"id": code, "ts": int(time.time() * 1000), "values": values})
        topic = f"onemap/v1/{self.name}/readings"
        self.client.publish(topic, payload, qos=1).wait_for_publish(10)
