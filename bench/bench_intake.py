"""How fast ingest takes readings in, beside a subscriber that does nothing, on one Mosquitto.

Each has a durable session; the same messages wait for both at the broker, and the time in
which each empties its own queue is taken (from 10 % to all of it, so that starting
counts for nothing). Ingest decodes, checks, steps the rules, stores and acknowledges after
the commit; the other, paho as it comes, counts.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import func, select

from iot.tables import readings
from tests.iot.brokers import RunningBroker, eventually
from tests.iot.intake import GATEWAY, RunningIngest, covers, write_map

COMPONENTS = 3_000
#: name, messages, readings a message
LOADS = (("1 reading a message", 60_000, 1), ("50 readings a message", 6_000, 50))
TOPIC = f"onemap/v1/{GATEWAY}/readings"
PATIENCE_S = 60.0

NOOP = """
import sys, time
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
port, wanted, password = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
client = paho.Client(CallbackAPIVersion.VERSION2, client_id="noop", protocol=paho.MQTTv5)
client.username_pw_set("onemap-internal", password)
count, began = 0, 0.0
def on_message(client, userdata, message):
    global count, began
    count += 1
    if count == wanted // 10:
        began = time.perf_counter()
    if count == wanted:
        print((wanted - wanted // 10) / (time.perf_counter() - began), flush=True)
        client.disconnect()
client.on_message = on_message
properties = paho.Properties(paho.PacketTypes.CONNECT)
properties.SessionExpiryInterval = 600
properties.ReceiveMaximum = 10_000
client.connect("127.0.0.1", port, clean_start=False, properties=properties)
client.loop_forever()
"""


def messages(count: int, size: int) -> list[bytes]:
    """Payloads: tilts of covers, one in five hundred beyond the limit, times that rise."""
    chance = random.Random(1)  # noqa: S311 - a load, not a secret
    codes = [each["code"] for each in covers(COMPONENTS)]
    ts, made = int(time.time() * 1000) - count * size, []
    for index in range(count):
        members = []
        for part in range(size):
            ts += 1
            tilt = 45.0 if chance.random() < 0.002 else round(chance.random() * 20, 2)
            code = codes[(index * size + part) % COMPONENTS]
            members.append({"id": code, "ts": ts, "values": {"tilt": tilt}})
        made.append(json.dumps(members if size > 1 else members[0]).encode())
    return made


def publish(port: int, payloads: list[bytes]) -> None:
    """QoS 1 straight to the socket (MQTT 3.1.1): no client of Python's is fast enough."""
    with socket.create_connection(("127.0.0.1", port)) as wire:
        wire.sendall(b"\x10\x11\x00\x04MQTT\x04\x02\x00\x00\x00\x05bench")
        assert wire.recv(4)[3] == 0
        acknowledged = threading.Thread(target=_drain, args=(wire, 4 * len(payloads)))
        acknowledged.start()
        topic = struct.pack(">H", len(TOPIC)) + TOPIC.encode()
        for start in range(0, len(payloads), 500):
            block = b""
            for index, payload in enumerate(payloads[start : start + 500], start):
                body = topic + struct.pack(">H", index % 65_535 + 1) + payload
                block += b"\x32" + _length(len(body)) + body
            wire.sendall(block)
        acknowledged.join(PATIENCE_S)
        wire.sendall(b"\xe0\x00")


def _drain(wire: socket.socket, wanted: int) -> None:
    while wanted > 0:
        wanted -= len(wire.recv(65_536))


def _length(number: int) -> bytes:
    made = b""
    while True:
        number, digit = divmod(number, 128)
        made += bytes([digit | (0x80 if number else 0)])
        if not number:
            return made


def subscribe_noop(broker: RunningBroker) -> None:
    """Make the idle subscriber's session, so that messages wait for it."""
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="noop", protocol=paho.MQTTv5)
    client.username_pw_set("onemap-internal", broker.password)
    properties = paho.Properties(paho.PacketTypes.CONNECT)
    properties.SessionExpiryInterval = 600
    done = threading.Event()
    client.on_subscribe = lambda *_: done.set()
    client.connect("127.0.0.1", broker.port, clean_start=False, properties=properties)
    client.loop_start()
    client.subscribe(TOPIC, 1)
    assert done.wait(10)
    client.disconnect()
    client.loop_stop()


def noop_rate(broker: RunningBroker, count: int) -> float:
    """Messages a second that a subscriber takes which does nothing with them."""
    command = [sys.executable, "-c", NOOP, str(broker.port), str(count), broker.password]
    done = subprocess.run(command, capture_output=True, timeout=PATIENCE_S, check=True)
    return float(done.stdout)


def ingest_rate(ingest: RunningIngest, before: int, wanted: int) -> float:
    """Readings a second that ingest stores, by what is in the store."""
    engine = ingest.ledger.engine
    query = select(func.count()).select_from(readings)

    def stored() -> int:
        with engine.connect() as connection:
            return int(connection.execute(query).scalar_one()) - before

    ingest.start()
    # The store is asked seldom while it works: the question costs too.
    seen: list[tuple[float, int]] = []
    deadline = time.monotonic() + PATIENCE_S
    while not seen or seen[-1][1] < wanted:
        assert time.monotonic() < deadline, ingest.log.read_text()
        seen.append((time.perf_counter(), stored()))
        time.sleep(0.1)
    ingest.stop()
    engine.dispose()
    first = next(each for each in seen if each[1] >= wanted // 10)
    last = seen[-1]
    return (last[1] - first[1]) / max(0.001, last[0] - first[0])


def main() -> None:
    """Print the table."""
    print("| load | no-op paho, readings/s | ingest, readings/s | ratio |\n|---|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        write_map(data / "onemap.gpkg", covers(COMPONENTS))
        broker = RunningBroker("mosquitto", data)
        ingest = RunningIngest(broker, data)
        broker.start()
        try:
            before = 0
            for name, count, size in LOADS:
                subscribe_noop(broker)
                ingest.start()
                eventually(lambda: "connected" in ingest.log.read_text(), "a session for ingest")
                time.sleep(0.5)
                ingest.stop()
                publish(broker.port, messages(count, size))
                noop = noop_rate(broker, count) * size
                rate = ingest_rate(ingest, before, count * size)
                before += count * size
                print(f"| {name} | {noop:,.0f} | {rate:,.0f} | {rate / noop:.2f} |", flush=True)
        finally:
            if ingest.process is not None and ingest.process.poll() is None:
                ingest.kill()
            broker.stop()


if __name__ == "__main__":
    main()
