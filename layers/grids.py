"""Grids (网格): the smallest area somebody answers for, and the unit of everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.areas import area_facts, area_sections
from layers.base import Layer
from layers.card import Card, Fact, Facts, T
from layers.cells import text
from layers.key_projects import project_items
from layers.live import components_in, level_badge
from layers.places import place_items, where_facts
from layers.responsibility import chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Alerts, who answers for it, components, what is inside, people."""
    code = text(row, "code") or ""
    atlas = context.atlas
    components = components_in(context, "grids", code)
    party_sites = atlas.within("party_sites", "grids", code)
    service_points = atlas.within("service_points", "grids", code)
    alerts, *bars = area_sections("grids", code, context)
    return Card(
        kind=T("Grid"),
        title=text(row, "name") or code,
        code=code,
        badges=level_badge(context.picture.worst(components)),
        sections=(
            alerts,
            chain({**row, "grid": code}, context),
            *bars,
            project_items(atlas.within("key_projects", "grids", code), context, T("Key projects")),
            place_items(party_sites, context, "party_sites", T("Party sites")),
            place_items(service_points, context, "service_points", T("Service points")),
            Facts(T("In figures"), tuple(_facts(row, context))),
        ),
    )


def _facts(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    facts = where_facts(row, context)
    branch = text(row, "party_branch")
    if branch is not None:
        facts.append(Fact(T("Party branch"), branch))
    return facts + area_facts("grids", row, context)


LAYER = Layer(
    schema=LayerSchema(
        id="grids",
        geometry=("area",),
        code_digits=(15,),
        fields=(
            Field("leader"),
            Field("leader_phone"),
            Field("party_branch"),
            Field("branch_secretary"),
            Field("households", kind="integer"),
            Field("population", kind="integer"),
            Field("party_members", kind="integer"),
        ),
        coverage=True,
    ),
    title="Grids",
    group="areas",
    order=30,
    icon="grid",
    card=card,
    min_zoom=12,
    map_fields=("town", "community", "enforcement_area"),
)
