"""What components measure: pure, valid, quiet when nothing goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from iot.catalogue import Catalogue, ComponentClass, Metric, Rule
from iot.levels import Level
from iot.readings import Reading
from iot.rules import find_rule_kinds
from iot.simulator.fleet import SimComponent
from iot.simulator.incidents import KINDS, Incident, Kind
from iot.simulator.noise import drift, seed_of, unit
from iot.simulator.signals import SIGNALS, quiet_band

CATALOGUE = Catalogue.read()
START = 1_795_000_000.0  # a day in November 2026
NOON = 1_795_060_800.0

times = st.floats(min_value=1.6e9, max_value=2.2e9)
seeds = st.integers(min_value=0, max_value=2**40)
classes = st.sampled_from(sorted(CATALOGUE.classes))


def component(class_code: str, seed: int = 7, of: ComponentClass | None = None) -> SimComponent:
    known = of or CATALOGUE.classes[class_code]
    return SimComponent(f"320507{class_code}000001"[:16], known, "g", "320507001", "P1", seed)


def assert_valid(of: ComponentClass, values: dict[str, object]) -> None:
    assert set(values) == set(of.metrics)
    for name, value in values.items():
        metric = of.metrics[name]
        if metric.kind == "number":
            assert isinstance(value, int | float)
            assert not isinstance(value, bool)
            assert metric.min is None or value >= metric.min, name
            assert metric.max is None or value <= metric.max, name
            assert value == round(value, metric.decimals)
        else:
            assert isinstance(value, bool if metric.kind == "bool" else str)


@given(classes, seeds, times)
@settings(max_examples=400, deadline=None)
def test_every_value_of_every_class_is_valid_and_the_same_again(
    class_code: str, seed: int, t: float
) -> None:
    one = component(class_code, seed)
    values = one.values(t)
    assert_valid(one.of, values)
    assert values == component(class_code, seed).values(t)


@given(st.sampled_from(KINDS), seeds, times, st.floats(min_value=-60, max_value=20_000))
@settings(max_examples=400, deadline=None)
def test_values_stay_valid_whatever_goes_on(kind: Kind, seed: int, t: float, ago: float) -> None:
    for class_code in kind.classes:
        one = component(class_code, seed)
        assert_valid(one.of, one.values(t, [Incident(kind, t - ago, frozenset({one.code}))]))


def test_every_shipped_metric_that_is_a_number_has_a_signal_of_its_own() -> None:
    for code, each in CATALOGUE.classes.items():
        numbers = {name for name, metric in each.metrics.items() if metric.kind == "number"}
        assert numbers <= set(SIGNALS[code]), code


def test_a_quiet_day_opens_no_alert_but_for_a_few_weak_batteries() -> None:
    opened: dict[str, int] = {}
    total = 0
    for code in CATALOGUE.classes:
        for number in range(40):
            one = component(code, seed_of(f"{code}-{number}", 1))
            total += 1
            for rule in alerts_opened(one, [], START, START + 86_400, 1_800):
                opened[rule] = opened.get(rule, 0) + 1
    assert {rule.rsplit(".", 1)[1] for rule in opened} <= {"battery"}
    assert sum(opened.values()) <= total / 50


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.effects], ids=lambda k: k.name)
def test_each_incident_is_found_by_the_shipped_rules_and_passes_again(kind: Kind) -> None:
    found: set[str] = set()
    for class_code in sorted(kind.classes):
        for number in range(6):
            one = component(class_code, seed_of(f"{kind.name}-{number}", 1))
            incident = Incident(kind, NOON, frozenset({one.code}))
            opened = alerts_opened(
                one, [incident], NOON - 60, incident.end + 600, kind.every_s, must_clear=True
            )
            found |= {rule for rule in opened if not rule.endswith(".battery")}
    assert found, f"no rule noticed {kind.name}"


def test_incident_rises_lasts_and_passes() -> None:
    kind = next(kind for kind in KINDS if kind.name == "rainstorm")
    incident = Incident(kind, 1_000.0)
    assert incident.strength(999) == 0.0
    assert 0 < incident.strength(1_000 + kind.rise_s / 2) < 1
    assert incident.strength(1_000 + kind.rise_s + 1) == 1.0
    assert 0 < incident.strength(incident.end - kind.fall_s / 2) < 1
    assert incident.strength(incident.end) == 0.0


def test_a_class_of_the_site_gets_ordinary_values_off_its_thresholds() -> None:
    metric = Metric("co", "number", "ppm", 0, 1_000, 1, "一氧化碳", "CO")
    text = Metric("state", "string", "", None, None, 0, "状态", "state")
    rule = Rule(
        "90001.co", "90001", "threshold", "co", "yellow",
        {"above": 24, "steps": [{"above": 24, "level": "yellow"}, {"above": 60, "level": "red"}]},
        "", "", "", "local",
    )  # fmt: skip
    base = CATALOGUE.classes["01067"]
    own = replace(base, code="90001", metrics={"co": metric, "state": text}, rules=(rule,))
    assert quiet_band(own, metric) == (0, 24)
    for hour in range(48):
        values = component("90001", hour, own).values(START + hour * 3_600)
        assert_valid(own, dict(values))
        assert 0 < float(values["co"]) < 24


def test_noise_is_smooth_and_spread() -> None:
    assert all(0 <= unit(3, n) < 1 for n in range(1_000))
    assert abs(sum(unit(3, n) for n in range(1_000)) / 1_000 - 0.5) < 0.05
    steps = [drift(5, t, 900) for t in range(0, 9_000, 5)]
    assert max(abs(b - a) for a, b in pairwise(steps)) < 0.05
    assert seed_of("320507", 1) != seed_of("320507", 2)


def alerts_opened(
    one: SimComponent,
    incidents: list[Incident],
    start: float,
    end: float,
    every: float,
    *,
    must_clear: bool = False,
) -> dict[str, Level]:
    """Rule -> the highest level it reached, with the real rules over the simulated readings."""
    kinds = find_rule_kinds()
    prepared = [
        (rule, kinds[rule.kind], kinds[rule.kind].prepare(rule.settings, Level.parse(rule.level)))
        for rule in one.of.rules
        if rule.metric is not None
    ]
    states: dict[str, object] = {}
    now: dict[str, Level] = {}
    highest: dict[str, Level] = {}
    t = start
    while t <= end:
        values = one.values(t, incidents)
        for rule, kind, settings_ in prepared:
            reading = Reading(one.code, str(rule.metric), int(t * 1000), values[rule.metric], 0)
            states[rule.id], verdict = kind.step(settings_, states.get(rule.id), reading)
            if verdict is not None:
                now[rule.id] = verdict.level
                highest[rule.id] = max(highest.get(rule.id, Level.NONE), verdict.level)
        t += every
    if must_clear:
        left = {rule for rule, level in now.items() if level is not Level.NONE}
        assert {rule for rule in left if not rule.endswith(".battery")} == set()
    return highest
