"""What happens when: fixed by the seed, soon after the start, never a sea of red."""

from __future__ import annotations

from collections import Counter

import pytest

from iot.catalogue import Catalogue
from iot.levels import Level
from iot.readings import Reading
from iot.rules import find_rule_kinds
from iot.simulator.backfill import CHUNK, EVERY_S, past_reports, past_times
from iot.simulator.fleet import Fleet, SimComponent
from iot.simulator.noise import seed_of
from iot.simulator.scenarios import ALL, SCENARIOS, Plan, history
from iot.simulator.turns import Turns

CATALOGUE = Catalogue.read()
START = 1_795_000_000.0


def district(count: int = 3_000, seed: int = 1) -> Fleet:
    """A fleet as the sample district has it: every class in every town, 40 gateways."""
    codes = sorted(CATALOGUE.classes)
    return Fleet(
        tuple(
            SimComponent(
                code=(code := f"3205070{n:09d}"),
                of=CATALOGUE.classes[codes[n % len(codes)]],
                gateway=f"gw-{n % 40:02d}",
                town=f"3205070{n % 11:02d}",
                project=f"P{n // 60}" if codes[n % len(codes)] in ("03010", "03013") else None,
                seed=seed_of(code, seed),
            )
            for n in range(count)
        )
    )


FLEET = district()


def test_the_same_seed_tells_the_same_story_and_another_another() -> None:
    def story(seed: int) -> list[tuple[str, float, frozenset[str], str | None]]:
        plan = Plan(FLEET, ALL, seed, START)
        return [
            (each.kind.name, each.start, each.components, each.gateway)
            for after in range(0, 3_600, 60)
            for each in plan.active(START + after)
        ]

    assert story(1) == story(1)
    assert story(1) != story(2)


def test_asking_twice_or_out_of_order_changes_nothing() -> None:
    plan = Plan(FLEET, ALL, 1, START)
    late, early = plan.active(START + 3_000), plan.active(START + 100)
    assert Plan(FLEET, ALL, 1, START).active(START + 3_000) == late
    assert plan.active(START + 100) == early


def test_a_rainstorm_is_in_one_town_and_dust_at_one_project() -> None:
    for name, of in (("rainstorm", "town"), ("site-night", "project")):
        plan = Plan(FLEET, SCENARIOS[name], 1, START)
        (incident,) = plan.active(START + 60)
        assert len(incident.components) > 1
        assert len({getattr(FLEET.by_code[code], of) for code in incident.components}) == 1


def test_calm_is_calm_and_every_other_scenario_begins_within_half_a_minute() -> None:
    assert Plan(FLEET, SCENARIOS["calm"], 1, START).active(START + 5_000) == []
    for name, lines in SCENARIOS.items():
        if name != "calm":
            assert Plan(FLEET, lines, 1, START).active(START + 30), name


def test_a_fleet_with_nothing_to_touch_has_no_incident() -> None:
    lamps = Fleet(tuple(each for each in FLEET.components if each.of.code == "01037"))
    plan = Plan(lamps, SCENARIOS["covers"], 1, START)
    assert plan.active(START + 60) == []
    assert Plan(Fleet(()), ALL, 1, START).active(START + 300) == []


def open_alerts(plan: Plan, after: float, until: float) -> list[Counter[Level]]:
    """Open alerts by level, every minute, when all who are touched report as they do."""
    kinds = find_rule_kinds()
    states: dict[tuple[str, str], object] = {}
    levels: dict[tuple[str, str], Level] = {}
    counted = []
    t = plan.start + after
    while t < plan.start + until:
        touched: dict[str, list[object]] = {}
        for incident in plan.active(t):
            for code in incident.components:
                touched.setdefault(code, []).append(incident)
        for code in {*touched, *(code for code, _ in levels)}:
            one = FLEET.by_code[code]
            values = one.values(t, touched.get(code, ()))  # type: ignore[arg-type]
            for rule in one.of.rules:
                if rule.metric is None:
                    continue
                kind, key = kinds[rule.kind], (code, rule.id)
                prepared = kind.prepare(rule.settings, Level.parse(rule.level))
                reading = Reading(code, rule.metric, int(t * 1000), values[rule.metric], 0)
                states[key], verdict = kind.step(prepared, states.get(key), reading)
                if verdict is not None:
                    levels[key] = verdict.level
        levels = {key: level for key, level in levels.items() if level is not Level.NONE}
        counted.append(Counter(levels.values()))
        t += 20
    return counted


def test_the_demo_shows_a_believable_number_of_alerts() -> None:
    plan = Plan(FLEET, ALL, 1, START)
    first = open_alerts(plan, 0, 60)
    assert any(each[Level.RED] for each in first), "nothing red in the first minute"
    hour = open_alerts(plan, 300, 3_900)

    def mean(level: Level) -> float:
        return sum(each[level] for each in hour) / len(hour)

    assert 1 <= mean(Level.RED) <= 4
    assert 2.5 <= mean(Level.ORANGE) <= 8
    assert 4 <= mean(Level.YELLOW) <= 15
    assert max(each[Level.RED] for each in hour) <= 10
    assert max(sum(each.values()) for each in hour) <= 45


def test_history_has_incidents_and_ends_calm() -> None:
    past = history(FLEET, 1, START, 24)
    assert "rainstorm" in {each.kind.name for each in past}
    assert len(past) >= 6
    assert max(each.end for each in past) < START - 1_800
    assert history(FLEET, 1, START, 1) == []


def test_past_reports_are_in_order_in_small_messages_and_end_before_now() -> None:
    one = FLEET.components[5]
    messages = list(past_reports(one, START, 24, []))
    assert all(0 < len(each) <= CHUNK for each in messages)
    times = [each["ts"] for message in messages for each in message]
    assert times == sorted(set(times))
    assert len(times) == pytest.approx(86_400 / EVERY_S, abs=1)
    assert times[0] / 1000 >= START - 86_400
    assert START - EVERY_S <= times[-1] / 1000 < START
    assert past_times(3, START, 0.1) == [] or past_times(3, START, 0.1)[0] > START - 360


def test_everyone_has_a_turn_and_who_hurries_has_more() -> None:
    turns = Turns(lambda code: 1.0 if code == "fast" else 10.0)
    for number in range(9):
        turns.put(f"slow-{number}", number)
    turns.put("fast", 0.5)
    taken = Counter(turns.take() for _ in range(100))
    assert len(taken) == 10
    assert taken["fast"] > 4 * taken["slow-0"]
    assert min(taken.values()) >= max(taken[f"slow-{n}"] for n in range(9)) - 1


def test_a_turn_is_brought_forward_never_put_off() -> None:
    turns = Turns(lambda _code: 100.0)
    turns.put("a", 10.0)
    turns.put("b", 20.0)
    turns.hasten("b", 5.0)
    turns.hasten("a", 50.0)
    turns.hasten("unknown", 0.0)
    assert [turns.take(), turns.take(), turns.take()] == ["b", "a", "b"]
    assert len(turns) == 2
    assert Turns(lambda _code: 1.0).take() is None
