"""``threshold``: a value is above (or below) a limit, for a while, by steps of urgency.

A step begins when the value has been beyond its limit for ``hold_s`` by the readings'
own times, and ends when the value has come back by ``hysteresis``. The rule's level
is that of the highest step that has begun: so it escalates and eases step by step.
true counts as 1, false as 0.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from iot.levels import Level
from iot.rules.base import RuleKind, RuleSettingError, State, Verdict, check_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iot.readings import Reading

_STEP_KEYS = ("above", "below", "level")


class Step(msgspec.Struct, frozen=True, gc=False):
    """One limit. Both numbers are signed so that "beyond" is always "greater than"."""

    limit: float
    back: float
    level: Level


class Threshold(msgspec.Struct, frozen=True, gc=False):
    """A rule's settings, checked. sign: 1 for above, -1 for below. hold: milliseconds."""

    sign: float
    hold: int
    steps: tuple[Step, ...]


def prepare(settings: Mapping[str, Any], level: Level) -> Threshold:
    """See ``iot.rules.base``."""
    side = _side(settings)
    hold = round(check_number(settings, "hold_s", 0, least=0) * 1000)
    hysteresis = check_number(settings, "hysteresis", 0, least=0)
    sign = 1.0 if side == "above" else -1.0
    limits = _limits(settings, side, level)
    steps = tuple(
        Step(sign * limit, sign * limit - hysteresis, step_level) for limit, step_level in limits
    )
    for before, after in pairwise(steps):
        if after.limit <= before.limit or after.level <= before.level:
            raise RuleSettingError("'steps' have to rise: each further out and more urgent")
    return Threshold(sign, hold, steps)


def _side(settings: Mapping[str, Any]) -> str:
    sides = [side for side in ("above", "below") if side in settings]
    if len(sides) != 1:
        raise RuleSettingError("give one of 'above' and 'below'")
    return sides[0]


def _limits(settings: Mapping[str, Any], side: str, level: Level) -> list[tuple[float, Level]]:
    first = (check_number(settings, side), level)
    steps = settings.get("steps")
    if steps is None:
        return [first]
    if not isinstance(steps, list | tuple) or not steps:
        raise RuleSettingError("'steps' has to be a list of {above or below, level}")
    limits = [_limit(step, side) for step in steps]
    if limits[0] != first:
        raise RuleSettingError(f"'{side}' and 'level' have to be those of the first of 'steps'")
    return limits


def _limit(step: Any, side: str) -> tuple[float, Level]:
    if not isinstance(step, dict):
        raise RuleSettingError("'steps' has to be a list of {above or below, level}")
    for key in step:
        if key not in _STEP_KEYS or (key in ("above", "below") and key != side):
            raise RuleSettingError(f"unknown key '{key}' in 'steps'; each takes {side}, level")
    try:
        return check_number(step, side), Level.parse(str(step.get("level")))
    except ValueError as error:
        raise RuleSettingError(f"'steps': {error}") from None


def step(rule: Threshold, state: State, reading: Reading) -> tuple[State, Verdict | None]:
    """See ``iot.rules.base``. The state: for every step since when it is beyond, or 0
    (not beyond), or a negative number (begun, since then)."""
    value = reading.value
    if isinstance(value, str):
        return state, None
    number = rule.sign * value
    if state is None and number <= rule.steps[0].limit:
        return None, None
    known = state is None or _fits(rule, state)
    before = state if known and state is not None else [0] * len(rule.steps)
    after = [
        _moved(each, since, number, reading.ts, rule.hold)
        for each, since in zip(rule.steps, before, strict=True)
    ]
    if after == state:
        return state, None  # the same one, so that it is not written again
    new = _level(rule, after)
    # Of a state of other settings nobody knows at which level it stood: so it is said anew.
    same = known and _level(rule, before) == new
    verdict = None if same else Verdict(new, float(value), reading.ts)
    return (after if any(after) else None), verdict


def calm(rule: Threshold) -> tuple[float, float]:
    """Everything on the good side of the first limit."""
    limit = rule.sign * rule.steps[0].limit
    return (-math.inf, limit) if rule.sign > 0 else (limit, math.inf)


def _moved(each: Step, since: int, number: float, ts: int, hold: int) -> int:
    if since < 0:  # begun: it lasts until the value is back by the hysteresis
        return since if number > each.back else 0
    if number <= each.limit:
        return 0
    since = since or ts
    return -since if ts - since >= hold else since


def _level(rule: Threshold, state: list[int]) -> Level:
    begun = [each.level for each, since in zip(rule.steps, state, strict=True) if since < 0]
    return begun[-1] if begun else Level.NONE


def _fits(rule: Threshold, state: State) -> bool:
    """False for a state of other settings (a site changed its steps)."""
    return (
        isinstance(state, list)
        and len(state) == len(rule.steps)
        and all(isinstance(since, int) for since in state)
    )


def reopen(rule: Threshold, level: Level) -> State:
    """Every step up to that level as begun."""
    state = [-1 if each.level <= level else 0 for each in rule.steps]
    state[0] = -1
    return state


RULE = RuleKind(
    name="threshold",
    takes={
        "above": "alerts when the value is greater",
        "below": "alerts when the value is less",
        "hold_s": "for how long first, seconds",
        "hysteresis": "how far back it has to come before it is over, in the metric's unit",
        "steps": "a list of {above or below, level}, from the least urgent",
    },
    prepare=prepare,
    step=step,
    calm=calm,
    reopen=reopen,
)
