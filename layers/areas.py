"""What the drawers of all areas have in common: alerts, components, places inside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.card import Fact, T
from layers.cells import number, text
from layers.live import alert_items, components_in, level_bars, presence_bars
from layers.places import area_km2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.card import Section
    from layers.context import MapContext


def area_sections(layer: str, code: str, context: MapContext) -> tuple[Section, ...]:
    """Open alerts, then components by level and by presence."""
    components = components_in(context, layer, code)
    return (
        alert_items(components, context, T("Open alerts")),
        level_bars(components, context),
        presence_bars(components, context),
    )


def area_facts(layer: str, row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    """How large, how many people, how many components and places inside."""
    code = text(row, "code") or ""
    facts = []
    area = area_km2(row)
    if area is not None:
        facts.append(Fact(T("Area"), f"{area:,.2f} km²"))
    people = (
        ("population", T("Population")),
        ("households", T("Households")),
        ("party_members", T("Party members")),
    )
    for column, label in people:
        total = people_in(layer, code, column, context)
        if total is not None:
            facts.append(Fact(label, f"{total:,}"))
    places = (
        ("components", T("Components")),
        ("key_projects", T("Key projects")),
        ("party_sites", T("Party sites")),
        ("service_points", T("Service points")),
    )
    return facts + [
        Fact(label, f"{len(context.atlas.within(place, layer, code)):,}") for place, label in places
    ]


def people_in(layer: str, code: str, column: str, context: MapContext) -> int | None:
    """A number of the grids, summed over an area; None when no grid there has it."""
    atlas = context.atlas
    grids = [code] if layer == "grids" else atlas.within("grids", layer, code)
    counts = [number(atlas.row("grids", grid) or {}, column) for grid in grids]
    known = [count for count in counts if count is not None]
    return round(sum(known)) if known else None
