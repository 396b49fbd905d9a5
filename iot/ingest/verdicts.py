"""From rules to alerts: stepping them, keeping their states, writing down what they say.

A rule that fails is logged and counted, and the stream goes on without it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from iot.alert_log import AlertChange
from iot.catalogue import rule_text

if TYPE_CHECKING:
    from iot.ingest.outcome import Outcome
    from iot.ingest.registry import BoundRule, Component
    from iot.readings import Reading
    from iot.rules.base import Silence, State, Verdict

log = logging.getLogger(__name__)

#: A rule that fails is named in the log the first time and at every so many failures.
_LOG_EVERY = 1_000


class Verdicts:
    """Steps rules and notes what came of it in an ``Outcome``."""

    def __init__(self) -> None:
        self._failures: dict[str, int] = {}

    def step(
        self, component: Component, bound: BoundRule, reading: Reading, outcome: Outcome
    ) -> None:
        """A reading for one rule."""
        state = component.states.get(bound.id)
        try:
            after, verdict = bound.kind.step(bound.prepared, state, reading)
        except Exception:  # noqa: BLE001 - whatever is wrong with one rule stops no stream
            self._failed(bound, outcome)
            return
        if after is not state or verdict is not None:
            self._keep(component, bound, after, verdict, outcome)

    def tick(
        self, component: Component, bound: BoundRule, silence: Silence, outcome: Outcome
    ) -> None:
        """Silence for one rule."""
        if bound.kind.tick is None:
            return
        state = component.states.get(bound.id)
        try:
            after, verdict = bound.kind.tick(bound.prepared, state, silence)
        except Exception:  # noqa: BLE001 - the same
            self._failed(bound, outcome)
            return
        if after is not state or verdict is not None:
            self._keep(component, bound, after, verdict, outcome)

    def _keep(
        self,
        component: Component,
        bound: BoundRule,
        state: State,
        verdict: Verdict | None,
        outcome: Outcome,
    ) -> None:
        if state is None:
            component.states.pop(bound.id, None)
        else:
            component.states[bound.id] = state
        outcome.states[component.code, bound.id] = state
        if verdict is None:
            return
        text = rule_text(bound.rule, bound.metric, verdict.value, verdict.level)
        outcome.changes.append(
            AlertChange(component.code, bound.id, verdict.level, text, verdict.value, verdict.at)
        )

    def _failed(self, bound: BoundRule, outcome: Outcome) -> None:
        outcome.counters["rule_failures"] += 1
        count = self._failures[bound.id] = self._failures.get(bound.id, 0) + 1
        if count == 1 or count % _LOG_EVERY == 0:
            log.exception("rule '%s' failed (%d times so far)", bound.id, count)
