"""All that is known of one component now, as JSON; the form is ``models.ComponentModel``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shapely.geometry import mapping

from app.clock import iso_or_none
from app.live.alert_json import alert_json
from app.live.changes import gateway_json, sample_json
from layers.responsibility import links

if TYPE_CHECKING:
    from app.services import Services
    from geodata.atlas import Atlas
    from iot.catalogue import ComponentClass
    from iot.live import Sample
    from iot.picture import ComponentState

#: "Near" a component: within a short walk. Metres.
NEARBY_M = 1_000.0
NEARBY_MOST = 5

#: Attributes that stand at the top as well; the rest is in ``properties`` only.
TOP = ("code", "name", "class_code", "gateway", "town", "community", "grid", "enforcement_area")


def component_json(row: dict[str, Any], services: Services, now: int) -> dict[str, Any]:
    """The component of that row of the atlas; ``now`` in epoch ms UTC. On the event loop."""
    context = services.context()
    state = context.picture.state(row["code"])
    known = context.catalogue.classes.get(row["class_code"])
    gateway = context.picture.gateways.get(row["gateway"])
    standing = services.feed.columns.standing
    alerts = sorted(state.alerts.values(), key=lambda alert: alert.opened_at, reverse=True)
    return {
        "id": row["code"],
        "geometry": mapping(row["geometry"]),
        "properties": {name: value for name, value in row.items() if name != "geometry"},
        **{name: row.get(name) for name in TOP},
        "presence": state.presence.label,
        "presence_since": iso_or_none(state.presence_since),
        "level": state.level.label,
        "heard_at": iso_or_none(state.heard_at),
        "class_": _class_json(known),
        "values": _values_json(state, known, now),
        "gateway_state": None if gateway is None else gateway_json(gateway),
        "chain": [asdict(link) for link in links(row, context)],
        "alerts": [alert_json(alert, standing, context.catalogue) for alert in alerts],
        "cases": [],
        "nearby": {
            layer: _nearby_json(layer, row, context.atlas)
            for layer in ("key_projects", "party_sites")
        },
    }


def _class_json(known: ComponentClass | None) -> dict[str, Any] | None:
    if known is None:
        return None
    names = ("code", "name_zh", "name_en", "icon", "interval_s", "standard_ref", "agency")
    return {name: getattr(known, name) for name in names}


def _values_json(
    state: ComponentState, known: ComponentClass | None, now: int
) -> list[dict[str, Any]]:
    """In the catalogue's order, never heard ones too; then what the catalogue does not know."""
    metrics = known.metrics if known else {}
    names = dict.fromkeys((*metrics, *state.values))
    return [_value_json(name, state.values.get(name), metrics.get(name), now) for name in names]


def _value_json(name: str, sample: Sample | None, metric: Any, now: int) -> dict[str, Any]:
    described = {
        key: getattr(metric, key, None) for key in ("name_zh", "name_en", "unit", "decimals")
    }
    if sample is None:
        return {"metric": name, **described}
    age_s = max(0, now - sample.ts) / 1000
    told = {**sample_json(sample), "age_s": age_s, "stamped": sample.stamped}
    return {"metric": name, **described, **told}


def _nearby_json(layer: str, row: dict[str, Any], atlas: Atlas) -> list[dict[str, Any]]:
    point = row["geometry"].representative_point()
    found = atlas.nearby(layer, point.x, point.y, NEARBY_M, NEARBY_MOST)
    return [
        {"code": code, "name": atlas.name(layer, code), "distance_m": round(distance, 1)}
        for distance, code in found
    ]
