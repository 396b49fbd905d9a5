"""Service points (便民服务点)."""

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
    """Hours, address, where, what is around."""
    facts = (
        (T("Kind"), "kind"),
        (T("Hours"), "hours"),
        (T("Phone"), "phone"),
        (T("Address"), "address"),
    )
    return site_card(T("Service point"), row, context, facts)


LAYER = Layer(
    schema=LayerSchema(
        id="service_points",
        geometry=("point",),
        fields=(Field("kind"), Field("hours"), Field("address"), Field("phone")),
    ),
    title="Service points",
    group="places",
    order=60,
    icon="service",
    card=card,
    min_zoom=12,
    on=False,
    map_fields=("kind",),
)
