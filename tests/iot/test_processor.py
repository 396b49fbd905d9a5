"""Deciding, without broker or store: what comes of messages, in any order and twice."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot.alerts import Alert
from iot.catalogue import Catalogue
from iot.codecs import find_codecs
from iot.ingest import attendance, verdicts
from iot.ingest.checks import Limits
from iot.ingest.inbox import Incoming
from iot.ingest.processor import Processor
from iot.ingest.registry import Registry
from iot.levels import Level
from iot.live import ComponentDelta, Sample
from iot.presence import Presence
from iot.rules.base import RuleKind
from tests.iot.intake import COVER, FLOOD, GATEWAY, SMALL, SMOKE

if TYPE_CHECKING:
    from iot.ingest.outcome import Outcome

CATALOGUE = Catalogue.read()
T0 = 1_790_000_000_000
MINUTE = 60_000
INTERVAL = CATALOGUE.classes["01003"].interval_s * 1000


class Intake:
    """A processor with a clock that is set by hand."""

    def __init__(self, rows: list[dict[str, Any]] | None = None) -> None:
        registry = Registry.build(rows or SMALL, CATALOGUE)
        limits = Limits(300_000, 48 * 3_600_000, 262_144)
        self.processor = Processor(registry, find_codecs(), limits)
        self.processor.attendance.listening(T0)
        self.now = T0

    def hear(
        self, code: str, ts: int | None = None, *, gateway: str = GATEWAY, **values: Any
    ) -> Outcome:
        body: dict[str, Any] = {"id": code, "values": values}
        if ts is not None:
            body["ts"] = ts
        return self.receive(json.dumps(body).encode(), gateway=gateway)

    def receive(
        self, body: bytes, *, gateway: str = GATEWAY, kind: str = "readings", retain: bool = False
    ) -> Outcome:
        topic = f"onemap/v1/{gateway}/{kind}"
        message = Incoming(topic, body, retain, self.now, len(body))
        return self.processor.process([message], self.now)

    def status(self, state: str, gateway: str = GATEWAY) -> Outcome:
        return self.receive(json.dumps({"state": state}).encode(), gateway=gateway, kind="status")

    def wait(self, ms: int) -> Outcome:
        self.now += ms
        return self.processor.tick(self.now)

    def component(self, code: str = COVER) -> Any:
        return self.processor.registry.components[code]


def said(outcome: Outcome) -> list[tuple[str, Level]]:
    return [(change.rule, change.level) for change in outcome.changes]


def test_a_reading_is_decided() -> None:
    intake = Intake()
    outcome = intake.hear(COVER, T0 - 5, tilt=45, open=False)
    assert [(row[0].metric.name, *row[1:]) for row in outcome.readings] == [
        ("tilt", T0 - 5, 45.0, None, T0, False),
        ("open", T0 - 5, 0.0, "false", T0, False),
    ]
    assert said(outcome) == [("01003.tilt", Level.RED)]
    assert outcome.changes[0].at == T0 - 5, "the time of the reading that decided"
    (delta,) = outcome.deltas()
    assert delta.values == {"tilt": Sample(T0 - 5, 45.0, T0), "open": Sample(T0 - 5, False, T0)}
    assert (delta.presence, delta.presence_since) == (Presence.ONLINE, T0)
    assert outcome.gateways[GATEWAY].presence == Presence.ONLINE


def test_without_ts_it_is_the_time_of_receipt_marked_as_such() -> None:
    row = Intake().hear(COVER, tilt=1).readings[0]
    assert (row[1], row[5]) == (T0, True)


def test_a_late_reading_fills_history_and_decides_nothing() -> None:
    intake = Intake()
    intake.hear(COVER, T0, tilt=1)
    outcome = intake.hear(COVER, T0 - MINUTE, tilt=90)
    assert len(outcome.readings) == 1
    assert (outcome.latest, outcome.changes, outcome.deltas()) == ({}, [], [])
    assert outcome.counters["late"] == 1


def test_zero_and_one_are_a_switch_too() -> None:
    outcome = Intake().hear(SMOKE, T0, smoke=1)
    assert said(outcome) == [("01903.smoke", Level.RED)]
    assert outcome.deltas()[0].values["smoke"].value is True


def test_a_message_of_many_bad_parts_is_refused_once_a_reason() -> None:
    members = [{"id": f"no-{i}", "values": {"x": 1}} for i in range(300)]
    members.append({"id": COVER, "values": {"tilt": 400, "weight": 3, "open": False}})
    outcome = Intake().receive(json.dumps(members).encode())
    assert [(each.reason, each.count) for each in outcome.refusals] == [
        ("unknown_component", 300), ("out_of_range", 1), ("unknown_metric", 1),
    ]  # fmt: skip
    assert "no-0" in outcome.refusals[0].detail
    assert "299 more" in outcome.refusals[0].detail
    assert "tilt, open, water, battery" in outcome.refusals[2].detail
    assert [row[0].metric.name for row in outcome.readings] == ["open"], "what is good is kept"


@pytest.mark.parametrize("gateway", ["", "live", "x" * 200, "a\tb"])
def test_names_that_no_gateway_may_have(gateway: str) -> None:
    outcome = Intake().hear(COVER, gateway=gateway, tilt=1)
    assert [each.reason for each in outcome.refusals] == ["bad_topic"]
    assert not outcome.stores


def test_retained_readings_are_not_fresh() -> None:
    intake = Intake()
    body = json.dumps({"id": COVER, "values": {"tilt": 1}}).encode()
    outcome = intake.receive(body, retain=True)
    assert [each.reason for each in outcome.refusals] == ["retained_without_time"]
    body = json.dumps({"id": COVER, "ts": T0 - 10 * INTERVAL, "values": {"tilt": 1}}).encode()
    outcome = intake.receive(body, retain=True)
    assert outcome.gateways == {}, "it does not prove that its gateway is there"
    assert outcome.presences[COVER][0] is Presence.OFFLINE


def test_component_falls_silent_and_returns() -> None:
    intake = Intake()
    intake.hear(COVER, T0, tilt=1)
    assert intake.wait(int(1.4 * INTERVAL)).presences == {}
    assert intake.wait(int(0.2 * INTERVAL)).presences[COVER][0] is Presence.LATE
    outcome = intake.wait(int(1.5 * INTERVAL))
    assert outcome.presences[COVER][0] is Presence.OFFLINE
    assert outcome.changes == []
    outcome = intake.wait(3 * INTERVAL)
    assert said(outcome) == [("01003.silent", Level.BLUE)]
    assert outcome.changes[0].at == intake.now, "silence has no reading: it is our time"
    assert said(intake.wait(INTERVAL)) == [], "said once"
    outcome = intake.hear(COVER, intake.now, tilt=1)
    assert said(outcome) == [("01003.silent", Level.NONE)]
    assert outcome.presences[COVER][0] is Presence.ONLINE


def test_its_gateway_is_offline_so_nobody_blames_the_component() -> None:
    intake = Intake()
    intake.status("online")
    intake.hear(COVER, T0, tilt=1)
    outcome = intake.status("offline")
    assert outcome.gateways[GATEWAY].presence == Presence.OFFLINE
    assert outcome.presences == {COVER: (Presence.UNKNOWN, T0)}, "and those never heard stay so"
    for _ in range(10):
        outcome = intake.wait(INTERVAL)
        assert (outcome.changes, outcome.presences) == ([], {})
    intake.status("online")
    assert intake.wait(MINUTE).presences == {}, "it is given time to report"
    assert intake.wait(4 * INTERVAL).presences[COVER][0] is Presence.OFFLINE
    assert said(intake.wait(3 * INTERVAL)) == [("01003.silent", Level.BLUE)]


def test_a_reading_proves_its_gateway_online_unless_it_is_older_than_the_last_will() -> None:
    intake = Intake()
    intake.status("offline")
    assert intake.hear(COVER, T0 - MINUTE, tilt=1).gateways == {}, "it waited at the broker"
    intake.now += MINUTE
    assert intake.hear(COVER, T0 + 1, tilt=1).gateways[GATEWAY].presence == Presence.ONLINE


def test_our_own_deafness_is_nobodys_silence() -> None:
    intake = Intake()
    intake.hear(COVER, T0, tilt=1)
    intake.processor.attendance.listening(None)
    outcome = intake.wait(100 * INTERVAL)
    assert (outcome.changes, outcome.presences) == ([], {})
    intake.processor.attendance.listening(intake.now)
    assert intake.wait(MINUTE).presences == {}
    assert intake.wait(2 * INTERVAL).presences[COVER][0] is Presence.LATE


def test_gateway_never_heard_is_unknown() -> None:
    assert Intake().processor.attendance.gateways == {}


def test_restart_in_the_middle_of_a_rise() -> None:
    """What the store gives back is enough to go on as if nothing had happened."""
    rule = "01901.high"
    rows = [{"code": "river", "class_code": "01901", "gateway": GATEWAY}]
    before = Intake(rows)
    first = before.hear("river", T0, level=4.0)
    assert first.changes == []
    (stored,) = [(*key, json.dumps(state)) for key, state in first.states.items()]
    assert stored[:2] == ("river", rule)
    after = Intake(rows)
    after.processor.load(first.deltas(), [], [stored])
    assert after.hear("river", T0 - 1, level=9.0).changes == [], "older than what is known"
    assert said(after.hear("river", T0 + MINUTE, level=4.0)) == [(rule, Level.ORANGE)]
    assert said(after.hear("river", T0 + 3 * MINUTE, level=3.0)) == [(rule, Level.NONE)]


def test_alerts_whose_component_or_rule_is_gone_are_ended() -> None:
    intake = Intake()
    alerts = [
        Alert(
            id=1, component="gone", rule="01003.tilt", level="red", text="", value=1, opened_at=1
        ),
        Alert(id=2, component=COVER, rule="01003.old", level="red", text="", value=1, opened_at=1),
        Alert(id=3, component=COVER, rule="01003.tilt", level="red", text="", value=1, opened_at=1),
    ]
    outcome = intake.processor.reconcile(alerts, T0)
    assert [(c.component, c.rule, c.level) for c in outcome.changes] == [
        ("gone", "01003.tilt", Level.NONE), (COVER, "01003.old", Level.NONE),
    ]  # fmt: skip
    assert said(intake.hear(COVER, T0, tilt=1)) == [("01003.tilt", Level.NONE)], (
        "its state was lost"
    )


def test_without_a_map_nothing_is_ended() -> None:
    limits = Limits(1, 1, 1)
    processor = Processor(Registry.build([], CATALOGUE), find_codecs(), limits)
    alert = Alert(id=1, component="c", rule="r", level="red", text="", value=1, opened_at=1)
    assert processor.reconcile([alert], T0).changes == []


def test_a_new_publication_keeps_what_is_known() -> None:
    intake = Intake()
    intake.hear(COVER, T0, tilt=45)
    rows = [*SMALL, {"code": "new", "class_code": "01003", "gateway": GATEWAY}]
    before = intake.processor.registry
    intake.processor.reload(Registry.build(rows, CATALOGUE, before))
    assert intake.component().heard == T0
    assert intake.hear(COVER, T0 - 1, tilt=0).latest == {}
    assert said(intake.hear(COVER, T0 + 1, tilt=0)) == [("01003.tilt", Level.NONE)]
    assert len(intake.hear("new", T0, tilt=0).readings) == 1
    assert intake.wait(2 * INTERVAL).presences[COVER][0] is Presence.LATE


def test_one_failing_rule_stops_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> Any:
        raise ZeroDivisionError

    intake = Intake()
    bound = intake.component(FLOOD).rules.by_metric["depth"][0]
    broken = RuleKind(name="broken", takes={}, prepare=fail, step=fail)
    object.__setattr__(bound, "kind", broken)
    outcome = intake.hear(FLOOD, T0, depth=30, battery=90)
    assert said(outcome) == [("01067.no_entry", Level.RED)], "the rule after it is stepped"
    assert len(outcome.readings) == 2
    assert outcome.counters["rule_failures"] == 1
    assert "01067.flood" in caplog.text
    assert verdicts.log.name in caplog.text or caplog.records


readings = st.lists(
    st.tuples(
        st.sampled_from([COVER, FLOOD]),
        st.integers(-50, 50),
        st.floats(0, 90, allow_nan=False),
    ),
    max_size=25,
    unique_by=lambda each: each[:2],
)


@settings(max_examples=60, deadline=None)
@given(readings, st.randoms(use_true_random=False), st.integers(1, 8))
def test_any_order_and_duplication_give_the_same_latest(
    told: list[tuple[str, int, float]], chance: Any, size: int
) -> None:
    newest: dict[str, tuple[int, float]] = {}
    for code, ts, value in told:
        newest[code] = max(newest.get(code, (-100, 0.0)), (ts, value))
    mixed = told * 2
    chance.shuffle(mixed)
    intake, latest = Intake(), dict[str, Sample]()
    metric = {COVER: "tilt", FLOOD: "depth"}
    for start in range(0, len(mixed), size):
        batch = []
        for code, ts, value in mixed[start : start + size]:
            body = {"id": code, "ts": T0 + ts, "values": {metric[code]: value}}
            payload = json.dumps(body).encode()
            batch.append(
                Incoming(f"onemap/v1/{GATEWAY}/readings", payload, False, T0, len(payload))
            )
        outcome = intake.processor.process(batch, T0)
        assert len(outcome.readings) == len(batch), "history gets them all"
        for delta in outcome.deltas():
            for sample in delta.values.values():
                known = latest.get(delta.code)
                assert known is None or sample.ts > known.ts, "never backwards"
                latest[delta.code] = sample
    assert {code: (each.ts - T0, each.value) for code, each in latest.items()} == newest


def test_deltas_are_one_a_component() -> None:
    intake = Intake()
    body = [
        {"id": COVER, "ts": T0, "values": {"tilt": 1, "battery": 5}},
        {"id": COVER, "ts": T0 + 1, "values": {"tilt": 2}},
        {"id": FLOOD, "ts": T0, "values": {"depth": 2}},
    ]
    deltas = intake.receive(json.dumps(body).encode()).deltas()
    assert {each.code: {m: s.value for m, s in each.values.items()} for each in deltas} == {
        COVER: {"tilt": 2.0, "battery": 5.0},
        FLOOD: {"depth": 2.0},
    }
    assert isinstance(deltas[0], ComponentDelta)


def test_a_tick_over_very_many_costs_what_is_due() -> None:
    rows = [{"code": str(i), "class_code": "01003", "gateway": "g"} for i in range(2_000)]
    intake = Intake(rows)
    intake.status("online", "g")
    for row in rows:
        intake.hear(row["code"], T0, gateway="g", tilt=1)
    queue = intake.processor.attendance._queue
    assert len(queue) == len(rows), "each stands there once"
    for row in rows:
        intake.hear(row["code"], T0 + 1, gateway="g", tilt=1)
    assert len(queue) == len(rows), "however often it reports"
    looked: list[str] = []
    intake.processor.attendance._look_at = lambda each, _: looked.append(each.code)  # type: ignore[method-assign]
    intake.wait(MINUTE)
    assert looked == []


def test_a_sender_that_invents_names_is_remembered_only_so_often(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(attendance, "MOST_STRANGERS", 5)
    caplog.set_level("INFO")
    intake = Intake()
    outcomes = [intake.status("online", f"made-up-{number}") for number in range(8)]
    reasons = [each.reason for outcome in outcomes for each in outcome.refusals]
    assert reasons == ["unknown_gateway"] * 3
    assert intake.status("online").gateways[GATEWAY].presence == Presence.ONLINE  # on the map
    assert not intake.status("offline", "made-up-0").refusals  # known already
    intake.wait(1_000)
    assert len(caplog.records) == 2  # one line for those that came, one for the one that went


def test_a_status_of_another_codecs_time_is_no_crash() -> None:
    """The broker keeps our old subscriptions: a topic we no longer know may still come."""
    intake = Intake()
    outcome = intake.receive(b"{}", kind="retired-codec")
    assert [each.reason for each in outcome.refusals] == ["bad_topic"]


@pytest.mark.parametrize("name", ["x" * 60_000, "a\u202eb", "", "\x07"])
def test_of_a_name_that_is_none_nothing_is_kept(name: str) -> None:
    intake = Intake()
    (refusal,) = intake.receive(b"{}", gateway=name).refusals
    assert (refusal.reason, refusal.gateway) == ("bad_topic", "")
    assert len(refusal.topic) + len(refusal.detail) + len(refusal.sample) < 1_000
