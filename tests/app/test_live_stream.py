"""The fan-out: numbers, resuming, the hole between stream and snapshot, a slow browser."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

import pytest

from app.live import stream
from app.live.pacer import Pacer
from app.live.stream import Client, Hub


def parse(text: bytes) -> list[tuple[str, str, Any]]:
    """(id, event, data) of each event in a piece of a stream."""
    found = []
    for block in text.decode().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
        if "event" in lines:
            found.append((lines["id"], lines["event"], json.loads(lines["data"])))
    return found


def hub() -> Hub:
    return Hub(lambda: {"stale": False}, epoch="e1")


def take(client: Client) -> list[tuple[str, str, Any]]:
    return parse(asyncio.run(client.take()))


def seqs(client: Client) -> list[int]:
    return [int(each[0].split("-")[1]) for each in take(client)]


def test_a_new_browser_gets_a_heartbeat_then_numbered_events() -> None:
    made = hub()
    client = made.connect()
    made.publish("state", {"components": []})
    made.publish("alert", {"alerts": []})
    first, second, third = take(client)
    assert first == (
        "e1-0",
        "heartbeat",
        {"epoch": "e1", "seq": 0, "stale": False, "resync": False},
    )
    assert second == ("e1-1", "state", {"components": []})
    assert third[:2] == ("e1-2", "alert")


def test_one_frame_serves_all_browsers() -> None:
    made = hub()
    clients = [made.connect() for _ in range(3)]
    made.publish("state", {"n": 1})
    assert len({id(client._frames[-1]) for client in clients}) == 1


def test_who_comes_back_gets_what_it_missed() -> None:
    made = hub()
    for number in range(5):
        made.publish("state", {"n": number})
    assert seqs(made.connect("e1-3")) == [5, 4, 5]  # the heartbeat says where we are
    assert seqs(made.connect("e1-5")) == [5]


@pytest.mark.parametrize("last", ["e2-3", "e1-99", "nonsense", "e1--1", "-", "e1-1\ue000"])
def test_who_comes_back_with_what_we_do_not_know_is_told_to_resync(last: str) -> None:
    made = hub()
    made.publish("state", {})
    events = take(made.connect(last))
    assert [(event, data["resync"]) for _, event, data in events] == [("heartbeat", True)]


def test_what_is_kept_is_bounded_and_older_ids_resync(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "KEPT_BYTES", 1_000)
    made = hub()
    for _ in range(100):
        made.publish("state", {"text": "x" * 100})
    assert made._kept_bytes <= 1_000
    assert take(made.connect("e1-1"))[0][2]["resync"] is True
    assert take(made.connect("e1-97"))[0][2]["resync"] is False


def test_a_new_browser_gets_the_last_moments_so_that_the_snapshot_has_no_hole() -> None:
    made = hub()
    made.publish("state", {"n": 1})
    assert seqs(made.connect()) == [1, 1]
    made._kept[0] = made._kept[0]._replace(at=made._kept[0].at - stream.NEWCOMER_S - 1)
    assert seqs(made.connect()) == [1]


def test_resync_tells_everyone_and_ends_what_can_be_resumed() -> None:
    made = hub()
    client = made.connect()
    made.publish("state", {})
    made.publish("state", {})
    made.resync()
    assert take(client)[-1][:2] == ("e1-3", "heartbeat")
    assert take(made.connect("e1-1"))[0][2]["resync"] is True
    missed_only_that = take(made.connect("e1-2"))
    assert [data["resync"] for _, _, data in missed_only_that] == [False, True]
    assert [data["resync"] for _, _, data in take(made.connect("e1-3"))] == [False]


def test_heartbeats_repeat_the_last_number_and_are_not_kept() -> None:
    made = hub()
    client = made.connect()
    made.beat()
    made.publish("state", {})
    made.beat()
    assert seqs(client) == [0, 0, 1, 1]
    assert len(made._kept) == 1


def test_a_slow_browser_is_cut_and_the_others_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    made = hub()
    slow, quick = made.connect(), made.connect()
    for _ in range(60):
        made.publish("state", {"text": "x" * 100_000})
        take(quick)
    assert slow.cut
    assert slow.closed
    assert slow._size == 0
    assert made.clients == {quick}
    assert made.cut == 1
    assert take(slow) == []


def test_close_ends_everyone_and_lets_nobody_in() -> None:
    made = hub()
    client = made.connect()
    made.close()
    assert client.closed
    assert made.connect().closed
    assert made.clients == set()


def test_pacer_is_at_once_when_quiet_and_bounded_when_busy() -> None:
    async def busy() -> list[float]:
        loop = asyncio.get_running_loop()
        ticks: list[float] = []
        pacer = Pacer(lambda: ticks.append(loop.time()), interval_s=0.05)
        began = loop.time()
        while loop.time() - began < 0.4:
            pacer.poke()
            await asyncio.sleep(0.001)
        pacer.stop()
        return [tick - began for tick in ticks]

    ticks = asyncio.run(busy())
    assert ticks[0] < 0.04
    assert 2 <= len(ticks) <= 9
    gaps = [after - before for before, after in itertools.pairwise(ticks)]
    assert min(gaps) >= 0.049
