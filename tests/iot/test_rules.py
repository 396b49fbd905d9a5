"""Rules told as stories: what the water does, and what the rule says of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot.levels import Level
from iot.readings import Reading
from iot.rules import find_rule_kinds, silent, threshold
from iot.rules.base import RuleSettingError, Silence, State, Verdict

T0 = 1_790_000_000_000
MINUTE = 60_000


class Story:
    """One component under one rule; state goes through JSON as it does in the store."""

    def __init__(self, level: Level, **settings: Any) -> None:
        self.rule = threshold.prepare(settings, level)
        self.state: State = None

    def value(self, value: float, at_s: float = 0) -> Verdict | None:
        reading = Reading("c", "m", T0 + round(at_s * 1000), value, T0)
        self.state, verdict = threshold.step(self.rule, self.state, reading)
        self.state = msgspec.json.decode(msgspec.json.encode(self.state))
        return verdict

    def says(self, value: float, at_s: float = 0) -> str | None:
        verdict = self.value(value, at_s)
        return None if verdict is None else verdict.level.name


def test_the_cover_tilts_and_is_put_back() -> None:
    story = Story(Level.RED, above=30, hysteresis=5)
    assert story.says(12) is None
    assert story.says(30) is None, "at the limit is not above it"
    assert story.value(31, 60) == Verdict(Level.RED, 31.0, T0 + MINUTE)
    assert story.says(45) is None, "red already"
    assert story.says(27) is None, "inside the hysteresis"
    assert story.says(29) is None
    assert story.says(25, 120) == "NONE"
    assert story.state is None, "as at the beginning"
    assert story.says(27) is None, "inside the hysteresis from below is not an alert"


def test_the_pressure_falls_and_returns() -> None:
    story = Story(Level.ORANGE, below=0.14, hysteresis=0.01)
    assert story.says(0.2) is None
    assert story.says(0.14) is None
    assert story.says(0.13) == "ORANGE"
    assert story.says(0.145) is None
    assert story.says(0.151) == "NONE"


def test_dust_has_to_last() -> None:
    story = Story(Level.YELLOW, above=500, hold_s=60, hysteresis=50)
    assert story.says(600, 0) is None
    assert story.says(600, 59.9) is None
    assert story.says(600, 60) == "YELLOW"
    assert story.says(400, 70) == "NONE"
    assert story.says(600, 80) is None
    assert story.says(490, 100) is None, "it dipped, so the time starts again"
    assert story.says(600, 139) is None
    assert story.says(600, 198.9) is None
    assert story.says(600, 199) == "YELLOW"


def test_a_restart_in_the_middle_of_the_hold_changes_nothing() -> None:
    before = Story(Level.YELLOW, above=500, hold_s=60)
    assert before.says(600, 0) is None
    after = Story(Level.YELLOW, above=500, hold_s=60)
    after.state = msgspec.json.decode(msgspec.json.encode(before.state))
    assert after.says(600, 60) == "YELLOW"


STEPS = [
    {"above": 3, "level": "yellow"},
    {"above": 10, "level": "orange"},
    {"above": 25, "level": "red"},
]


def test_the_water_rises_and_falls_by_steps() -> None:
    story = Story(Level.YELLOW, above=3, hysteresis=1, steps=STEPS)
    said = [story.says(depth) for depth in (2, 4, 9, 11, 30, 24.5, 23, 9.5, 8, 2.5, 1)]
    assert said == [
        None, "YELLOW", None, "ORANGE", "RED", None, "ORANGE", None, "YELLOW", None, "NONE",
    ]  # fmt: skip


def test_a_flash_flood_goes_to_red_at_once_and_back_at_once() -> None:
    story = Story(Level.YELLOW, above=3, hysteresis=1, steps=STEPS)
    assert story.says(60) == "RED"
    assert story.says(0) == "NONE"


def test_a_switch_counts_as_one() -> None:
    story = Story(Level.RED, above=0.5)
    assert story.says(False) is None
    assert story.says(True) == "RED"
    assert story.says(False) == "NONE"


def test_state_of_other_settings_is_begun_anew() -> None:
    story = Story(Level.YELLOW, above=3, steps=STEPS)
    story.state = [-5]
    assert story.says(4) == "YELLOW"


def test_an_alert_whose_state_was_lost_can_still_end() -> None:
    rule = threshold.prepare({"above": 3, "hysteresis": 1, "steps": STEPS}, Level.YELLOW)
    state = threshold.reopen(rule, Level.ORANGE)
    state, verdict = threshold.step(rule, state, Reading("c", "m", T0, 12.0, T0))
    assert verdict is None, "orange it was, orange it is"
    _, verdict = threshold.step(rule, state, Reading("c", "m", T0, 0.0, T0))
    assert verdict is not None
    assert verdict.level is Level.NONE


@given(st.lists(st.tuples(st.floats(-5, 40), st.integers(0, 90)), max_size=40))
def test_said_levels_alternate_and_end_where_the_value_says(
    course: list[tuple[float, int]],
) -> None:
    story, clock, level = Story(Level.YELLOW, above=3, hysteresis=1, hold_s=60, steps=STEPS), 0, ""
    for value, passed in course:
        clock += passed
        said = story.says(value, clock)
        assert said is None or said != level, "nothing is said twice"
        level = said or level
    clock += 1
    story.says(-1, clock)
    assert story.state is None


def test_silence_is_noticed_by_our_clock_and_ended_by_the_next_reading() -> None:
    rule = silent.prepare({"intervals": 6}, Level.BLUE)

    def quiet(state: State, minutes: float, *, excused: bool = False) -> tuple[State, Any]:
        now = T0 + round(minutes * MINUTE)
        return silent.tick(rule, state, Silence(T0, MINUTE, now, excused))

    assert silent.due_ms(rule, MINUTE) == 6 * MINUTE
    assert quiet(None, 5.9) == (None, None)
    assert quiet(None, 7, excused=True) == (None, None), "its gateway is offline"
    state, verdict = quiet(None, 7)
    assert verdict == Verdict(Level.BLUE, 7.0, T0 + 7 * MINUTE)
    assert quiet(state, 8) == (state, None), "said already"
    late = Reading("c", "m", T0 + MINUTE, 1.0, T0 + 9 * MINUTE)
    assert silent.step(rule, state, late) == (state, None), "what waited eight minutes ends nothing"
    fresh = Reading("c", "m", T0 + 9 * MINUTE, 1.0, T0 + 9 * MINUTE)
    assert silent.step(rule, state, fresh) == (None, Verdict(Level.NONE, None, T0 + 9 * MINUTE))


WRONG = [
    ({}, "one of 'above' and 'below'"),
    ({"above": 1, "below": 2}, "one of 'above' and 'below'"),
    ({"above": "high"}, "'above' has to be a number"),
    ({"above": True}, "'above' has to be a number"),
    ({"above": 1, "hold_s": -1}, "'hold_s' has to be at least 0"),
    ({"above": 1, "hysteresis": -1}, "'hysteresis' has to be at least 0"),
    ({"above": 3, "steps": []}, "'steps' has to be a list"),
    ({"above": 1, "steps": STEPS}, "those of the first of 'steps'"),
    ({"above": 3, "steps": [STEPS[0], STEPS[0]]}, "'steps' have to rise"),
    ({"above": 3, "steps": [STEPS[0], {"above": 9, "level": "blue"}]}, "'steps' have to rise"),
    ({"above": 3, "steps": [STEPS[0], {"below": 9, "level": "red"}]}, "unknown key 'below'"),
    ({"above": 3, "steps": [STEPS[0], {"above": 9, "level": "pink"}]}, "unknown level 'pink'"),
]


@pytest.mark.parametrize(("settings", "message"), WRONG)
def test_wrong_settings_are_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(RuleSettingError, match=message):
        threshold.prepare(settings, Level.YELLOW)


def test_every_kind_is_found_and_says_what_it_takes() -> None:
    kinds = find_rule_kinds()
    assert set(kinds) >= {"threshold", "silent"}
    for kind in kinds.values():
        assert all(kind.takes.values())
        assert set(kind.needs) <= set(kind.takes)
        assert (kind.tick is None) == (kind.due_ms is None)


def test_an_alert_of_steps_that_are_no_longer_so_many_can_end() -> None:
    story = Story(
        Level.ORANGE,
        above=30,
        steps=[{"above": 30, "level": "orange"}, {"above": 60, "level": "red"}],
    )
    assert story.says(45) == "ORANGE"
    story.rule = threshold.prepare({"above": 30, "hysteresis": 5}, Level.ORANGE)  # one step now
    assert story.says(10) == "NONE"
    assert story.state is None
    assert story.says(10) is None
