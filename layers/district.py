"""The district: the whole picture, towns ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import LayerSchema
from layers.base import Layer
from layers.card import Card, Fact, Facts, T
from layers.cells import text
from layers.key_projects import project_items
from layers.live import alert_items, components_in, level_bars, presence_bars, worst_first
from layers.places import area_km2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Towns by urgency, alerts, components, key work."""
    code = text(row, "code") or ""
    components = components_in(context, "district", code)
    towns = [str(town) for town in context.atlas.layers["towns"].index]
    return Card(
        kind=T("District"),
        title=text(row, "name") or code,
        code=code,
        sections=(
            worst_first("towns", towns, context, T("Towns, most urgent first")),
            level_bars(components, context),
            presence_bars(components, context),
            alert_items(components, context, T("Open alerts")),
            project_items(None, context, T("Key work in most trouble"), limit=8),
            Facts(T("The district in figures"), tuple(_figures(row, context))),
        ),
    )


def _figures(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    area = area_km2(row)
    facts = [Fact(T("Area"), f"{area:,.1f} km²")] if area else []
    counted = (
        ("towns", T("Towns")),
        ("communities", T("Communities")),
        ("grids", T("Grids")),
        ("enforcement_areas", T("Enforcement areas")),
        ("components", T("Components")),
        ("key_projects", T("Key projects")),
        ("party_sites", T("Party sites")),
        ("service_points", T("Service points")),
    )
    layers = context.atlas.layers
    return facts + [Fact(label, f"{len(layers[layer]):,}") for layer, label in counted]


LAYER = Layer(
    schema=LayerSchema(id="district", geometry=("area",), code_digits=(6,)),
    title="District",
    group="areas",
    order=10,
    icon="district",
    card=card,
)
