"""What is live about a feature: presence and level of components, open alerts of areas."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from geodata.attributes import AREA_COLUMNS
from iot.levels import Level
from layers.live import open_by_area

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geodata.atlas import Atlas
    from iot.picture import Picture


def live_properties(
    layer: str, codes: Iterable[str], atlas: Atlas, picture: Picture
) -> dict[str, dict[str, Any]]:
    """Code -> properties that change by the second; empty for layers without any.

    components: ``presence``, ``level`` (None when no alert is open), ``open_alerts``,
    ``heard_at`` (ISO 8601, UTC, None when never heard). Areas: ``level`` (the highest
    among the components inside) and ``open_alerts``. Call it on the event loop's
    thread, where the picture does not change meanwhile.
    """
    if layer == "components":
        return {code: _component(code, picture) for code in codes}
    if layer not in AREA_COLUMNS:
        return {code: {} for code in codes}
    counts = open_by_area(AREA_COLUMNS[layer], atlas, picture)
    return {code: _area(counts.get(code, Counter())) for code in codes}


def _component(code: str, picture: Picture) -> dict[str, Any]:
    state = picture.state(code)
    return {
        "presence": state.presence.label,
        "level": state.level.label,
        "open_alerts": len(state.alerts),
        "heard_at": None if state.heard_at is None else iso(state.heard_at),
    }


def _area(counts: Counter[Level]) -> dict[str, Any]:
    return {"level": max(counts, default=Level.NONE).label, "open_alerts": counts.total()}


def iso(ms: int) -> str:
    """Epoch milliseconds UTC as ISO 8601, e.g. ``"2026-03-01T08:00:00.000+00:00"``."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC).isoformat(timespec="milliseconds")
