"""What the drawers of party sites and service points have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.card import Card, Fact, Facts, T
from layers.cells import text
from layers.live import alert_items
from layers.places import NEARBY_M, nearby_items, point_of, where_facts
from layers.responsibility import chain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.card import Section, Text
    from layers.context import MapContext


def site_card(
    kind: Text, row: Mapping[str, Any], context: MapContext, facts: tuple[tuple[Text, str], ...]
) -> Card:
    """Who and when, whose grid it is in, what is around it.

    facts: (label, column) pairs shown where the cell is not empty.
    """
    known = [Fact(label, value) for label, key in facts if (value := text(row, key)) is not None]
    code = text(row, "code") or ""
    return Card(
        kind=kind,
        title=text(row, "name") or code,
        code=code,
        sections=(
            Facts(T("At a glance"), (*known, *where_facts(row, context))),
            chain(row, context),
            *_around(row, context),
        ),
    )


def _around(row: Mapping[str, Any], context: MapContext) -> tuple[Section, ...]:
    point = point_of(row)
    near = (
        [code for _, code in context.atlas.nearby("components", *point, NEARBY_M, 200)]
        if point
        else []
    )
    return (
        alert_items(near, context, T("Open alerts within 1 km")),
        nearby_items(row, context, "party_sites", T("Party sites nearby")),
        nearby_items(row, context, "service_points", T("Service points nearby")),
        nearby_items(row, context, "grids", T("Grids around"), limit=6),
        nearby_items(row, context, "components", T("Components nearby")),
    )
