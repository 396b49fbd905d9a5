"""How to write a kind of rule: make a file beside this one with one constant, ``RULE``.

A kind is code, a rule is data (``iot/catalogue.toml``). A kind is pure: it is given
the state that it returned last and a reading, and returns a new state and perhaps a
verdict; its time comes from the readings, so a replay decides the same. Example,
complete::

    def prepare(settings, level):
        return Even(check_number(settings, "times"), level)

    def step(even, state, reading):
        count = (state or 0) + (reading.value % 2 == 0)
        if count < even.times:
            return count, None
        return 0, Verdict(even.level, reading.value, reading.ts)

    RULE = RuleKind(name="even", takes={"times": "how often"}, needs=("times",),
                    prepare=prepare, step=step)

A verdict says at which level the rule stands now, ``Level.NONE`` meaning that its
alert is over; saying again what already holds changes nothing. Only readings newer
than all before them are stepped, in the order of their event times. The state is
kept in the store with the readings that made it, as JSON: use None for "as at the
beginning" (no row), and numbers, text, lists and dicts of them otherwise.

Some findings are made of silence. Such a kind has ``due_ms`` (how much silence makes
it worth asking) and ``tick``; its ``step`` is called only while it has a state.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from iot.levels import Level
from iot.readings import Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot.readings import Reading

#: JSON; None is "as at the beginning".
State = Any


class RuleSettingError(ValueError):
    """A rule's setting is wrong; the message names the key and what it takes."""


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """At which level a rule stands now, by which value, at which moment (epoch ms UTC)."""

    level: Level
    value: Value | None
    at: int


class Silence(msgspec.Struct, frozen=True, gc=False):
    """What a kind made of silence is told, all milliseconds.

    since: event time of the newest reading, or when we could first have heard one
        (our connection, the gateway's return) if that is later; epoch UTC.
    interval: how often the component is expected to report.
    now: our clock, epoch UTC.
    excused: its gateway is offline, so that the component cannot be blamed.
    """

    since: int
    interval: int
    now: int
    excused: bool


@dataclass(frozen=True)
class RuleKind:
    """One way of finding that something is wrong.

    name: what a rule's ``kind`` says. takes: setting -> what it is, for people.
    needs: settings without which it makes no sense. needs_metric: it looks at one metric.
    prepare: (settings, level) -> whatever step wants to be given, made once. Raises
        RuleSettingError.
    step: (prepared, state, reading) -> (state, verdict or None).
    tick: (prepared, state, silence) -> (state, verdict or None).
    due_ms: (prepared, interval in ms) -> the silence after which ``tick`` is asked, ms.
    """

    name: str
    takes: Mapping[str, str]
    prepare: Callable[[Mapping[str, Any], Level], Any]
    step: Callable[[Any, State, Reading], tuple[State, Verdict | None]]
    needs: tuple[str, ...] = ()
    needs_metric: bool = True
    tick: Callable[[Any, State, Silence], tuple[State, Verdict | None]] | None = None
    due_ms: Callable[[Any, int], int] | None = None
    calm: Callable[[Any], tuple[float, float]] | None = None
    """(prepared) -> the range (ends included) in which a number, true being 1, changes nothing
    while there is no state: such readings, which are nearly all, are not stepped."""
    reopen: Callable[[Any, Level], State] = field(default=lambda _prepared, _level: None)
    """(prepared, level) -> the state that belongs to an alert open at that level: when
    a state was lost or belongs to other settings, its alert must still be able to clear."""


def check_number(
    settings: Mapping[str, Any], key: str, default: float | None = None, *, least: float = -math.inf
) -> float:
    """A finite number among the settings, at least ``least``.

    Raises:
        RuleSettingError: it is missing, or something else.
    """
    value = settings.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise RuleSettingError(f"'{key}' has to be a number, it is {value!r}")
    if value < least:
        raise RuleSettingError(f"'{key}' has to be at least {least:g}, it is {value!r}")
    return float(value)
