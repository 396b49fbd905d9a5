"""What is told: numbers without gaps, messages of bearable size, refusals that do not flood."""

from __future__ import annotations

import json
from threading import Thread
from typing import Any

import msgspec

from iot.ingest.announcer import BURST, MOST_BYTES, Announcer
from iot.ingest.inbox import Inbox
from iot.ingest.outcome import Outcome, Refusal
from iot.ingest.tally import MOST_GATEWAYS, Tally
from iot.live import (
    DELTA_TOPIC,
    HEARTBEAT_TOPIC,
    ComponentDelta,
    Delta,
    GatewayState,
    Heartbeat,
    Sample,
)
from iot.mqtt import Message

T0 = 1_790_000_000_000


class Wire:
    """In place of the client: keeps what is published."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes]] = []

    def publish(self, topic: str, payload: bytes, *, qos: int) -> None:  # noqa: ARG002 - as MqttClient
        self.sent.append((topic, payload))

    def deltas(self) -> list[Delta]:
        return [msgspec.msgpack.decode(p, type=Delta) for t, p in self.sent if t == DELTA_TOPIC]


def announcer(tally: Tally | None = None) -> tuple[Announcer, Wire]:
    wire: Any = Wire()
    return Announcer(wire, tally or Tally()), wire


def refusal(gateway: str, reason: str = "not_json", count: int = 1) -> Refusal:
    topic = f"onemap/v1/{gateway}/readings"
    return Refusal(gateway, topic, reason, "详情", T0, "sample", count)


def test_a_large_delta_goes_in_numbered_parts() -> None:
    tell, wire = announcer()
    many = [ComponentDelta(f"{i:016}", {"tilt": Sample(T0, float(i), T0)}) for i in range(20_000)]
    tell.delta(T0, many, [], [GatewayState("g", 1, T0, T0)])
    deltas = wire.deltas()
    assert len(deltas) > 2
    assert all(len(payload) <= MOST_BYTES for _, payload in wire.sent)
    assert [delta.seq for delta in deltas] == list(range(1, len(deltas) + 1))
    assert [each for delta in deltas for each in delta.components] == many
    assert sum(len(delta.gateways) for delta in deltas) == 1


def test_nothing_is_told_of_nothing_and_the_heartbeat_knows_the_last_number() -> None:
    tell, wire = announcer()
    tell.delta(T0, [], [], [])
    assert wire.sent == []
    tell.delta(T0, [], [], [GatewayState("g", 1, T0, T0)])
    tell.heartbeat(T0, "database is locked")
    topic, payload = wire.sent[-1]
    beat = msgspec.msgpack.decode(payload, type=Heartbeat)
    assert topic == HEARTBEAT_TOPIC
    assert (beat.seq, beat.store_ok, beat.problem) == (1, False, "database is locked")
    assert beat.epoch == wire.deltas()[0].epoch


def test_a_mad_gateway_is_told_less_but_counted_whole() -> None:
    tally = Tally()
    tell, wire = announcer(tally)
    outcome = Outcome(T0, refusals=[refusal("mad") for _ in range(5_000)] + [refusal("sane")])
    tally.outcome(outcome)
    tell.refusals(outcome.refusals)
    topics = [topic for topic, _ in wire.sent]
    assert BURST <= topics.count("onemap/v1/mad/rejected") < BURST + 50
    assert topics.count("onemap/v1/sane/rejected") == 1
    counters = tally.snapshot()
    assert counters["rejected"] == counters["rejected.not_json"] == 5_001
    assert counters["rejected_by.not_json.mad"] == 5_000
    assert counters["rejections_unsent"] == 5_001 - len(wire.sent)
    told = json.loads(wire.sent[-1][1])
    assert told["received"] == "2026-09-21T14:13:20.000+00:00"
    assert told["detail"] == "详情"


def test_nobody_is_answered_on_our_own_branch() -> None:
    tell, wire = announcer()
    tell.refusals([refusal("live", "bad_topic")])
    assert wire.sent == []


def test_invented_gateways_do_not_make_endless_counters() -> None:
    tally = Tally()
    names = [f"g{i}" for i in range(MOST_GATEWAYS + 50)]
    tally.outcome(Outcome(T0, refusals=[refusal(name) for name in names]))
    counters = tally.snapshot()
    assert counters["rejected_by.not_json.(others)"] == 50
    assert sum(name.startswith("rejected_by.") for name in counters) == MOST_GATEWAYS + 1


def test_the_inbox_keeps_order_cuts_what_is_too_large_and_is_bounded() -> None:
    inbox = Inbox(max_payload=2_000, max_bytes=5_000)
    inbox.put(Message("t", b"x" * 10_000, False))
    inbox.put(Message("t", b"small", True))
    large, small = inbox.take(10, 0, 0)
    assert (large.size, len(large.payload)) == (10_000, 1_024)
    assert (small.payload, small.retain) == (b"small", True)
    assert inbox.take(10, 0, 0.01) == []

    def fill() -> None:
        for _ in range(10):
            inbox.put(Message("t", b"x" * 1_000, False))

    writer = Thread(target=fill)
    writer.start()
    writer.join(0.2)
    assert writer.is_alive(), "it waits for the reader"
    assert len(inbox) == 6
    taken = 0
    while taken < 10:
        taken += len(inbox.take(3, 0, 1))
    writer.join(5)
    assert not writer.is_alive()
