"""A broker as a child process and a client as a stranger has it, for the tests of this folder."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.support import free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@dataclass
class RunningBroker:
    """``onemap broker`` as a child process."""

    kind: str
    data: Path
    unnamed: bool = True
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        environment = {
            **os.environ,
            "ONEMAP_MQTT__BROKER": self.kind,
            "ONEMAP_MQTT__ALLOW_UNNAMED": str(self.unnamed),
        }
        command = [sys.executable, "-m", "app", "broker", "--data", str(self.data)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--mqtt-port", str(self.port)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually(self.answers, "the broker answers")

    def answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()

    @property
    def log(self) -> Path:
        return self.data.parent / f"{self.kind}.log"

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def password(self) -> str:
        return (self.data / "broker" / "internal").read_text()


@dataclass
class Listener:
    """A plain paho client, as a stranger has it."""

    broker: RunningBroker
    client_id: str
    user: str | None = None
    password: str | None = None
    clean: bool = True
    got: list[tuple[str, bytes]] = field(default_factory=list)
    answer: Any = None

    def __enter__(self) -> Listener:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=self.client_id,
            protocol=paho.MQTTv311,
            clean_session=self.clean,
            reconnect_on_failure=False,
        )
        if self.user is not None:
            client.username_pw_set(self.user, self.password)
        client.on_connect = lambda _c, _u, _f, reason, _p: setattr(self, "answer", reason)
        client.on_message = lambda _c, _u, message: self.got.append(
            (message.topic, message.payload)
        )
        client.connect("127.0.0.1", self.broker.port)
        client.loop_start()
        self.client = client
        eventually(lambda: self.answer is not None, "the broker answers the connection")
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def subscribe(self, topic: str) -> None:
        done: list[int] = []
        self.client.on_subscribe = lambda *_: done.append(1)
        self.client.subscribe(topic, 1)
        eventually(lambda: bool(done), f"the subscription to {topic}")

    def publish(self, topic: str, payload: bytes = b"x", *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(5)

    @property
    def topics(self) -> set[str]:
        return {topic for topic, _ in self.got}


def eventually(check: Callable[[], object], what: str, timeout: float = 10) -> None:
    deadline = time.monotonic() + timeout
    while not check():
        assert time.monotonic() < deadline, f"not within {timeout} s: {what}"
        time.sleep(0.02)
