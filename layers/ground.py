"""What the drawers of water and roads have in common: the components that stand at them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from layers.card import T
from layers.live import alert_items, level_bars, presence_bars
from layers.places import beside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from layers.card import Section
    from layers.context import MapContext

#: What stands within this many metres of a shore or a road's axis belongs to it.
BESIDE_M = 100


def ground_sections(row: Mapping[str, Any], context: MapContext) -> tuple[Section, ...]:
    """Open alerts of the components beside it, and how those components are."""
    components = beside(row, context, "components", BESIDE_M)
    return (
        alert_items(components, context, T("Open alerts within 100 m")),
        level_bars(components, context),
        presence_bars(components, context),
    )
