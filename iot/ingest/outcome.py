"""What came of a batch: everything that is to be stored and told, decided without any I/O."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from iot.live import ComponentDelta, GatewayState, Sample
from iot.presence import Presence  # noqa: TC001 - msgspec reads it at run time
from iot.rows import value_of

if TYPE_CHECKING:
    from typing import TypeAlias

    from iot.alert_log import AlertChange
    from iot.ingest.registry import Series
    from iot.rules.base import State

    #: (series, ts, number, text, received, stamped); see ``iot.rows.columns``.
    Row: TypeAlias = tuple[Series, int, float | None, str | None, int, bool]


class Refusal(msgspec.Struct, frozen=True):
    """What a gateway is told of a message, or of those parts of it, that were not taken.

    count: how many parts of the message were refused for this reason; ``detail`` is the first's.
    """

    gateway: str
    topic: str
    reason: str
    detail: str
    received: int
    sample: str
    count: int = 1


@dataclass
class Outcome:
    """One batch, or one tick. Everything in it is stored in one transaction.

    readings: every accepted reading. latest: the newest of each series that has a newer
    one now. presences: component -> (presence, since). states: (component, rule) -> state,
    None for "as at the beginning". new_series: those without an id yet,
    each once.
    """

    now: int
    readings: list[Row] = field(default_factory=list)
    latest: dict[Series, Row] = field(default_factory=dict)
    new_series: dict[Series, None] = field(default_factory=dict)
    presences: dict[str, tuple[Presence, int]] = field(default_factory=dict)
    gateways: dict[str, GatewayState] = field(default_factory=dict)
    states: dict[tuple[str, str], State] = field(default_factory=dict)
    changes: list[AlertChange] = field(default_factory=list)
    refusals: list[Refusal] = field(default_factory=list)
    counters: Counter[str] = field(default_factory=Counter)

    @property
    def stores(self) -> bool:
        """Whether there is anything for the store."""
        return bool(self.readings or self.presences or self.gateways or self.states or self.changes)

    def deltas(self) -> list[ComponentDelta]:
        """What changed about components, one entry each."""
        values: dict[str, dict[str, Sample]] = {}
        for series, ts, number, text, received, stamped in self.latest.values():
            sample = Sample(ts, value_of(number, text), received, stamped)
            known = values.get(series.component)
            if known is None:
                values[series.component] = {series.metric.name: sample}
            else:
                known[series.metric.name] = sample
        if not self.presences:
            return [ComponentDelta(code, samples) for code, samples in values.items()]
        none: dict[str, Sample] = {}
        changed = [
            ComponentDelta(code, samples, *self.presences.get(code, (None, None)))
            for code, samples in values.items()
        ]
        changed += [
            ComponentDelta(code, none, presence, since)
            for code, (presence, since) in self.presences.items()
            if code not in values
        ]
        return changed
