"""Enforcement areas (执法片区): three or four a town, each a union of whole grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.areas import area_facts, area_sections
from layers.base import Layer
from layers.card import Card, Fact, Facts, T
from layers.cells import number, text
from layers.key_projects import project_items
from layers.live import components_in, level_badge, worst_first
from layers.places import where_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Who leads it, alerts, its grids by urgency, key projects, figures."""
    code = text(row, "code") or ""
    atlas = context.atlas
    components = components_in(context, "enforcement_areas", code)
    grids = atlas.within("grids", "enforcement_areas", code)
    projects = atlas.within("key_projects", "enforcement_areas", code)
    return Card(
        kind=T("Enforcement area"),
        title=text(row, "name") or code,
        code=code,
        badges=level_badge(context.picture.worst(components)),
        sections=(
            Facts(T("Who enforces here"), tuple(_team(row, context))),
            *area_sections("enforcement_areas", code, context),
            worst_first(
                "grids",
                grids,
                context,
                T("Grids, most urgent first"),
                lambda grid: text(grid, "leader"),
            ),
            project_items(projects, context, T("Key projects")),
            Facts(T("In figures"), tuple(area_facts("enforcement_areas", row, context))),
        ),
    )


def _team(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    facts = [Fact(T("Leader"), text(row, "leader") or T("nobody named"))]
    phone, officers = text(row, "phone"), number(row, "officers")
    if phone is not None:
        facts.append(Fact(T("Phone"), phone))
    if officers is not None:
        facts.append(Fact(T("Officers"), f"{officers:,.0f}"))
    return facts + where_facts(row, context)


LAYER = Layer(
    schema=LayerSchema(
        id="enforcement_areas",
        geometry=("area",),
        fields=(Field("leader"), Field("phone"), Field("officers", kind="integer")),
        coverage=True,
    ),
    title="Enforcement areas",
    group="areas",
    order=20,
    icon="enforcement",
    card=card,
    on=False,
    map_fields=("town",),
)
