"""The live picture: for every component the newest reading per metric BY EVENT TIME,
its presence, and its level (the highest open alert).

Pure: no I/O. Loaded from the store and moved by deltas. Not thread-safe: one owner
changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot.levels import Level
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot.alerts import Alert
    from iot.live import ComponentDelta, Delta, GatewayState, Sample

#: So many cleared alerts are remembered, so that an older copy that comes
#: afterwards (another program's, out of order) does not open one again.
REMEMBERED = 10_000


@dataclass(slots=True)
class ComponentState:
    """One component as it is known now."""

    values: dict[str, Sample] = field(default_factory=dict)
    presence: Presence = Presence.UNKNOWN
    presence_since: int | None = None
    alerts: dict[str, Alert] = field(default_factory=dict)
    level: Level = Level.NONE

    @property
    def heard_at(self) -> int | None:
        """Event time of the newest value, epoch ms UTC; None when never heard."""
        return max((sample.ts for sample in self.values.values()), default=None)


@dataclass
class Picture:
    """Everything that is live, by component code. A component never heard of has no entry."""

    components: dict[str, ComponentState] = field(default_factory=dict)
    gateways: dict[str, GatewayState] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)  # the open and acknowledged ones
    _cleared: dict[int, int] = field(default_factory=dict, repr=False)  # id -> revision

    def state(self, code: str) -> ComponentState:
        """The state of a component; an empty, unknown one when it was never heard."""
        return self.components.get(code) or ComponentState()

    def apply(self, delta: Delta) -> set[str]:
        """Take a delta in; older samples and older alert revisions change nothing.

        Returns the codes of the components whose values, presence or level changed.
        """
        changed = {each.code for each in delta.components if self._apply_component(each)}
        for alert in delta.alerts:
            if self.apply_alert(alert):
                changed.add(alert.component)
        for gateway in delta.gateways:
            self.gateways[gateway.name] = gateway
        return changed

    def apply_alert(self, alert: Alert) -> bool:
        """Take one alert in; False when a newer revision is already known."""
        known = self.alerts.get(alert.id)
        newest = known.revision if known else self._cleared.get(alert.id, 0)
        if alert.revision <= newest:
            return False
        state = self._known(alert.component)
        if alert.cleared_at is None:
            self.alerts[alert.id] = alert
            other = state.alerts.get(alert.rule)
            if other is None or alert.id >= other.id:
                state.alerts[alert.rule] = alert
        else:
            self.alerts.pop(alert.id, None)
            self._remember(alert)
            other = state.alerts.get(alert.rule)
            if other is not None and other.id == alert.id:
                del state.alerts[alert.rule]
        state.level = max((Level.parse(a.level) for a in state.alerts.values()), default=Level.NONE)
        return True

    def load(
        self,
        components: Iterable[ComponentDelta],
        alerts: Iterable[Alert],
        gateways: Iterable[GatewayState],
    ) -> None:
        """Replace everything by what the store says (``iot.ledger.Ledger.picture``)."""
        self.components.clear()
        self.alerts.clear()
        self._cleared.clear()
        self.gateways = {gateway.name: gateway for gateway in gateways}
        for each in components:
            self._apply_component(each)
        for alert in alerts:
            self.apply_alert(alert)

    def worst(self, codes: Iterable[str]) -> Level:
        """The highest level among these components."""
        known = self.components
        return max((known[code].level for code in codes if code in known), default=Level.NONE)

    def _known(self, code: str) -> ComponentState:
        state = self.components.get(code)
        if state is None:
            state = self.components[code] = ComponentState()
        return state

    def _apply_component(self, delta: ComponentDelta) -> bool:
        state = self._known(delta.code)
        changed = False
        for metric, sample in delta.values.items():
            known = state.values.get(metric)
            if known is None or sample.ts > known.ts:
                state.values[metric] = sample
                changed = True
        since = delta.presence_since or 0
        if delta.presence is not None and since >= (state.presence_since or 0):
            presence = Presence(delta.presence)
            changed = changed or presence is not state.presence
            state.presence, state.presence_since = presence, delta.presence_since
        return changed

    def _remember(self, alert: Alert) -> None:
        self._cleared[alert.id] = alert.revision
        if len(self._cleared) > REMEMBERED:
            del self._cleared[next(iter(self._cleared))]
