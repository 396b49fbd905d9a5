"""From a gateway's publish to the painted page, while other readings stream in.

20 000 components, 500 changes a second; the probe is a cover that tilts and lies
flat again. The clock is one: the publisher and the page are on this machine, and
the page looks at its clock after each frame.
"""

from __future__ import annotations

import json
import random
import statistics
import tempfile
import threading
import time
from pathlib import Path

from bench.chromium import opened
from geodata.sample import make_sample
from tests.system.running import Demo, Gateway, wait_for

COMPONENTS = 20_000
CHANGES_PER_S = 500
PROBES = 60
COVER = "01003"

WATCH = """code => { window.seen = []; let last = null;
  const look = () => { const level = window.onemap.levelOf(code);
    if (level !== last) { last = level; window.seen.push([level, Date.now()]); }
    requestAnimationFrame(look); }; look(); }"""


def load(gateway: Gateway, codes: list[str], stop: threading.Event) -> None:
    """CHANGES_PER_S readings a second, evenly, until told to stop."""
    chance = random.Random(1)  # noqa: S311 - a load, not a secret
    began, sent = time.monotonic(), 0
    while not stop.is_set():
        due = int((time.monotonic() - began) * CHANGES_PER_S)
        for _ in range(due - sent):
            payload = {"id": chance.choice(codes), "values": {"tilt": round(chance.random(), 3)}}
            gateway.client.publish("onemap/v1/bench/readings", json.dumps(payload), qos=1)
        sent = due
        stop.wait(0.02)


def probe(demo: Demo) -> tuple[list[float], float]:
    """Milliseconds of every probe, and the changes a second that the page applied."""
    codes = [each["properties"]["code"] for each in demo.components(COVER)]
    cover, others = codes[0], codes[1:]
    stop = threading.Event()
    with opened(demo.base) as (page, _seconds), demo.gateway("bench") as gateway:
        page.evaluate(WATCH, cover)
        loader = threading.Thread(target=load, args=(gateway, others, stop))
        loader.start()
        time.sleep(5)
        applied, began = page.evaluate("() => window.onemap.stats().applied"), time.monotonic()
        sent = []
        for index in range(PROBES):
            sent.append(time.time() * 1000)
            gateway.publish(cover, tilt=60.0 if index % 2 == 0 else 0.0)
            time.sleep(1.0)
        rate = (page.evaluate("() => window.onemap.stats().applied") - applied) / (
            time.monotonic() - began
        )
        wait_for("every probe is painted", lambda: page.evaluate("window.seen.length") >= PROBES)
        stop.set()
        loader.join()
        seen = [at for _, at in page.evaluate("window.seen")][-PROBES:]
    return [painted - published for painted, published in zip(seen, sent, strict=True)], rate


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="onemap-bench-") as folder:
        demo = Demo(Path(folder) / "data", "auto")
        demo.data.mkdir()
        make_sample(demo.data / "onemap.gpkg", seed=1, components=COMPONENTS)
        demo.start()
        try:
            took, rate = probe(demo)
        finally:
            demo.stop()
    cuts = statistics.quantiles(took, n=100)
    print(f"| publish → painted, {COMPONENTS} components, {rate:.0f} changes/s applied | ms |")
    print(f"|---|---|\n| median | {cuts[49]:.0f} |\n| p95 | {cuts[94]:.0f} |")
    print(f"| p99 | {cuts[98]:.0f} |")


if __name__ == "__main__":
    main()
