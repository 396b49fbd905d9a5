"""What changed since the last tick, coalesced: one entry a component, however often it changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.clock import iso, iso_or_none
from app.live.alert_json import alert_json
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.live.columns import Standing
    from iot.alerts import Alert
    from iot.catalogue import Catalogue
    from iot.live import ComponentDelta, Delta, GatewayState, Sample
    from iot.picture import Picture

#: Components in one event; more are several events, so that none is megabytes long.
EVENT_COMPONENTS = 2_000


@dataclass
class Changes:
    """Collected between two ticks. Codes and metrics only: what is sent is what is true then."""

    components: dict[str, set[str]] = field(default_factory=dict)
    presence: set[str] = field(default_factory=set)
    gateways: dict[str, GatewayState] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.components or self.presence or self.gateways or self.alerts)

    def alert(self, alert: Alert) -> None:
        """An alert changed, and with it maybe its component's level."""
        self.alerts[alert.id] = alert
        self.components.setdefault(alert.component, set())

    def delta(self, delta: Delta, changed: set[str], picture: Picture) -> None:
        """Ingest's delta was taken into ``picture``, which found ``changed`` components in it."""
        for component in delta.components:
            if component.code in changed:
                self._component(component, picture)
        for code in changed:
            self.components.setdefault(code, set())
        for gateway in delta.gateways:
            self.gateways[gateway.name] = gateway

    def _component(self, component: ComponentDelta, picture: Picture) -> None:
        metrics = self.components.setdefault(component.code, set())
        values = picture.state(component.code).values
        metrics.update(name for name, new in component.values.items() if values.get(name) == new)
        if component.presence is not None:
            self.presence.add(component.code)


def events(
    changes: Changes, picture: Picture, standing: Standing, catalogue: Catalogue
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(event, data) of everything that changed, alerts last: by then their component is painted."""
    states = [_state_json(code, metrics, picture) for code, metrics in changes.components.items()]
    for part in _parts(states):
        yield "state", {"components": part}
    presence = [_presence_json(code, picture) for code in changes.presence]
    gateways = [gateway_json(gateway) for gateway in changes.gateways.values()]
    if gateways and not presence:
        yield "presence", {"components": [], "gateways": gateways}
    for part in _parts(presence):
        yield "presence", {"components": part, "gateways": gateways}
        gateways = []
    if changes.alerts:
        alerts = [alert_json(alert, standing, catalogue) for alert in changes.alerts.values()]
        yield "alert", {"alerts": alerts}


def sample_json(sample: Sample) -> dict[str, Any]:
    """One value with its event time and its receipt."""
    return {"value": sample.value, "ts": iso(sample.ts), "received": iso(sample.received)}


def gateway_json(gateway: GatewayState) -> dict[str, Any]:
    """A gateway as the stream and the API tell it."""
    return {
        "name": gateway.name,
        "presence": Presence(gateway.presence).label,
        "since": iso(gateway.since),
        "seen_at": iso_or_none(gateway.seen_at),
    }


def _state_json(code: str, metrics: set[str], picture: Picture) -> dict[str, Any]:
    state = picture.state(code)
    return {
        "code": code,
        "level": state.level.label,
        "presence": state.presence.label,
        "heard_at": iso_or_none(state.heard_at),
        "values": {name: sample_json(state.values[name]) for name in sorted(metrics)},
    }


def _presence_json(code: str, picture: Picture) -> dict[str, Any]:
    state = picture.state(code)
    since = iso_or_none(state.presence_since)
    return {"code": code, "presence": state.presence.label, "since": since}


def _parts(entries: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(entries), EVENT_COMPONENTS):
        yield entries[start : start + EVENT_COMPONENTS]
