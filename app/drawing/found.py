"""What the search found, grouped by layer, each row opening its feature."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from dash import html

from app.drawing.pen import some
from layers.card import Ref, T

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.drawing.pen import Pen
    from app.search import Entry
    from layers.base import Layer


def draw_found(
    entries: Sequence[Entry], text: str, layers: Mapping[str, Layer], pen: Pen
) -> list[Any]:
    """Groups in the order of their best match; nothing for an empty question."""
    if not text.strip():
        return []
    if not entries:
        return [pen.empty(T("Nothing is called “{text}”. Names, codes and pinyin are searched.",
                            {"text": text.strip()[:40]}))]  # fmt: skip
    order = {layer: n for n, layer in reversed(list(enumerate(e.layer for e in entries)))}
    ranked = sorted(entries, key=lambda entry: order[entry.layer])
    groups: list[Any] = []
    for layer, members in groupby(ranked, key=lambda entry: entry.layer):
        rows = [html.Li(_row(entry, pen)) for entry in members]
        title = html.H3(pen.t(layers[layer].title), className="om-section-title")
        groups.append(html.Section([title, html.Ul(rows, className="om-list")]))
    return groups


def _row(entry: Entry, pen: Pen) -> Any:
    inner = some(
        html.Span(entry.name, className="om-item-title"),
        html.Span(" · ".join(filter(None, (entry.town, entry.code))), className="om-item-detail"),
    )
    return pen.opens(inner, Ref(entry.layer, entry.code), "om-item")
