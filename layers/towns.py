"""Towns and subdistricts (镇/街道), with the agencies that answer in each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.areas import area_facts, area_sections
from layers.base import Layer
from layers.card import Card, Fact, Facts, Item, Items, T
from layers.cells import text
from layers.key_projects import project_items
from layers.live import worst_first
from layers.responsibility import agencies_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Communities by urgency, enforcement areas, agencies, key work, figures."""
    code = text(row, "code") or ""
    atlas = context.atlas
    communities = atlas.within("communities", "towns", code)
    enforcement_areas = atlas.within("enforcement_areas", "towns", code)
    return Card(
        kind=T("Town"),
        title=text(row, "name") or code,
        code=code,
        sections=(
            *area_sections("towns", code, context),
            worst_first("communities", communities, context, T("Communities, most urgent first")),
            worst_first(
                "enforcement_areas",
                enforcement_areas,
                context,
                T("Enforcement areas, most urgent first"),
                lambda area: text(area, "leader"),
            ),
            project_items(atlas.within("key_projects", "towns", code), context, T("Key projects")),
            _agencies(code, context),
            _figures(row, code, context),
        ),
    )


def _agencies(code: str, context: MapContext) -> Items:
    items = []
    for agency in agencies_of(code, context):
        reach = " · ".join(part for part in (text(agency, "head"), text(agency, "phone")) if part)
        items.append(Item(text(agency, "name") or text(agency, "code") or "–", reach or None))
    return Items(T("Agencies"), tuple(items), T("no agency is known for this town"))


def _figures(row: Mapping[str, Any], code: str, context: MapContext) -> Facts:
    facts = area_facts("towns", row, context)
    counted = (("communities", T("Communities")), ("grids", T("Grids")))
    facts += [
        Fact(label, f"{len(context.atlas.within(layer, 'towns', code)):,}")
        for layer, label in counted
    ]
    standard = text(row, "standard_ref")
    if standard:
        facts.append(Fact(T("Code by"), standard))
    return Facts(T("In figures"), tuple(facts))


LAYER = Layer(
    schema=LayerSchema(
        id="towns",
        geometry=("area",),
        code_digits=(9,),
        fields=(Field("name_en"), Field("standard_ref")),
        coverage=True,
    ),
    title="Towns",
    group="areas",
    order=15,
    icon="town",
    card=card,
)
