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

    from layers.card import Text
    from layers.context import MapContext


#: What our own data call them; a site's own words are shown as they are.
_KINDS: dict[str, Text] = {
    "expressway": T("Expressway"),
    "arterial": T("Arterial road"),
    "street": T("Street"),
    "country": T("Country road"),
}


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """What it is, how long, the components at it."""
    code = text(row, "code") or ""
    given, length = text(row, "kind"), length_km(row)
    facts = []
    if given is not None:
        facts.append(Fact(T("Kind"), _KINDS.get(given, given)))
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
