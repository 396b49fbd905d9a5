"""Party sites (党建阵地)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.base import Layer
from layers.card import Card, T
from layers.sites import site_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.context import MapContext


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Secretary, members, where, what is around."""
    facts = (
        (T("Kind"), "kind"),
        (T("Secretary"), "secretary"),
        (T("Phone"), "phone"),
        (T("Members"), "members"),
        (T("Address"), "address"),
    )
    return site_card(T("Party site"), row, context, facts)


LAYER = Layer(
    schema=LayerSchema(
        id="party_sites",
        geometry=("point",),
        fields=(
            Field("kind"),
            Field("secretary"),
            Field("phone"),
            Field("members", kind="integer"),
            Field("address"),
        ),
    ),
    title="Party sites",
    group="places",
    order=65,
    icon="party",
    card=card,
    min_zoom=11,
    map_fields=("kind",),
)
