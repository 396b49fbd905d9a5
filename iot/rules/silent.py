"""``silent``: no reading for so many of the component's intervals, by our clock.

Not while its gateway is offline: then one thing is wrong, not three hundred. The next
reading that is not itself that old ends it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from iot.levels import Level
from iot.rules.base import RuleKind, Silence, State, Verdict, check_number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from iot.readings import Reading


class Silent(msgspec.Struct, frozen=True, gc=False):
    """A rule's settings, checked."""

    intervals: float
    level: Level


def prepare(settings: Mapping[str, Any], level: Level) -> Silent:
    """See ``iot.rules.base``."""
    return Silent(check_number(settings, "intervals", least=1), level)


def due_ms(rule: Silent, interval: int) -> int:
    """How much silence is too much, milliseconds."""
    return int(rule.intervals * interval)


def tick(rule: Silent, state: State, silence: Silence) -> tuple[State, Verdict | None]:
    """See ``iot.rules.base``. The state: the silence that was too much, milliseconds."""
    limit = due_ms(rule, silence.interval)
    if state is not None or silence.excused or silence.now - silence.since < limit:
        return state, None
    minutes = round((silence.now - silence.since) / 60_000, 1)
    return limit, Verdict(rule.level, minutes, silence.now)


def step(_rule: Silent, state: State, reading: Reading) -> tuple[State, Verdict | None]:
    """See ``iot.rules.base``: a reading that came late through a backlog ends nothing."""
    if state is None or reading.received - reading.ts >= state:
        return state, None
    return None, Verdict(Level.NONE, None, reading.ts)


def reopen(_rule: Silent, _level: Level) -> State:
    """As after a silence of any length: the next reading ends it."""
    return 2**53


RULE = RuleKind(
    name="silent",
    takes={"intervals": "how many of its intervals without a reading are too many"},
    needs=("intervals",),
    needs_metric=False,
    prepare=prepare,
    step=step,
    tick=tick,
    due_ms=due_ms,
    reopen=reopen,
)
