"""The road skeleton: ground to read the map by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.base import Layer
from layers.card import Card, Fact, Facts, T
from layers.cells import text
from layers.ground import ground_sections
from layers.places import length_km

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """What it is, how long, the components at it."""
    code = text(row, "code") or ""
    kind, length = text(row, "kind"), length_km(row)
    facts = []
    if kind is not None:
        facts.append(Fact(T("Kind"), kind))
    if length is not None:
        facts.append(Fact(T("Length"), f"{length:,.1f} km"))
    return Card(
        kind=T("Road"),
        title=text(row, "name") or code,
        code=code,
        sections=(
            Facts(None, tuple(facts)),
            *ground_sections(row, context),
        ),
    )


LAYER = Layer(
    schema=LayerSchema(id="roads", geometry=("line",), fields=(Field("kind"),)),
    title="Roads",
    group="ground",
    order=5,
    icon="road",
    card=card,
    map_fields=("kind",),
)
