"""Lakes and rivers: ground to read the map by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.base import Layer
from layers.card import Card, Fact, Facts, T
from layers.cells import number, text
from layers.ground import ground_sections
from layers.places import area_km2

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.card import Text
    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """What it is, how large, the components at it."""
    code = text(row, "code") or ""
    area, width = area_km2(row), number(row, "width")
    facts = []
    if area is not None:
        facts.append(Fact(T("Area"), f"{area:,.2f} km²"))
    if width is not None:
        facts.append(Fact(T("Width"), f"{width:,.0f} m"))
    return Card(
        kind=_kind(row),
        title=text(row, "name") or code,
        code=code,
        sections=(
            Facts(None, tuple(facts)),
            *ground_sections(row, context),
        ),
    )


def _kind(row: Mapping[str, Any]) -> Text:
    kinds: dict[str | None, T] = {"lake": T("Lake"), "river": T("River")}
    return kinds.get(text(row, "kind"), T("Water"))


LAYER = Layer(
    schema=LayerSchema(
        id="water",
        geometry=("area", "line"),
        fields=(Field("kind"), Field("width", kind="number")),
    ),
    title="Water",
    group="ground",
    order=0,
    icon="water",
    card=card,
    map_fields=("kind",),
)
