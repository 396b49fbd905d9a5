"""Communities and villages (社区/村)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import LayerSchema
from layers.areas import area_facts, area_sections
from layers.base import Layer
from layers.card import Card, Facts, T
from layers.cells import text
from layers.key_projects import project_items
from layers.live import worst_first
from layers.places import place_items, where_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Grids by urgency with their leaders, alerts, places, figures."""
    code = text(row, "code") or ""
    atlas = context.atlas
    grids = atlas.within("grids", "communities", code)
    projects = atlas.within("key_projects", "communities", code)
    party_sites = atlas.within("party_sites", "communities", code)
    facts = (*where_facts(row, context), *area_facts("communities", row, context))
    return Card(
        kind=T("Community"),
        title=text(row, "name") or code,
        code=code,
        sections=(
            *area_sections("communities", code, context),
            worst_first(
                "grids",
                grids,
                context,
                T("Grids, most urgent first"),
                lambda grid: text(grid, "leader"),
            ),
            project_items(projects, context, T("Key projects")),
            place_items(party_sites, context, "party_sites", T("Party sites")),
            Facts(T("In figures"), facts),
        ),
    )


LAYER = Layer(
    schema=LayerSchema(id="communities", geometry=("area",), code_digits=(12,), coverage=True),
    title="Communities",
    group="areas",
    order=25,
    icon="community",
    card=card,
    min_zoom=11,
    map_fields=("town",),
)
