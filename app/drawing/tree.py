"""The layer tree: every layer with its switch, its count, its opacity; and the legend."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import html

from app.drawing.pen import attributes, some
from app.i18n import GROUP_WORDS, LEVEL_WORDS, PRESENCE_WORDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.i18n import Translator
    from app.view import View
    from layers.base import Layer

#: The whole district fills a screen at about this zoom; what is drawn there needs no hint.
OVERVIEW_ZOOM = 11


def draw_tree(
    layers: Sequence[Layer], counts: Mapping[str, int], view: View, t: Translator
) -> list[Any]:
    """Groups in the order of what people look for: live, places, areas, ground."""
    groups = []
    for group, word in GROUP_WORDS.items():
        members = [layer for layer in reversed(layers) if layer.group == group]
        if members:
            rows = [_row(layer, counts.get(layer.id, 0), view, t) for layer in members]
            title = html.H3(t(word), className="om-group-title")
            groups.append(html.Section([title, *rows], className="om-layer-group"))
    return [*groups, draw_legend(t)]


def _row(layer: Layer, count: int, view: View, t: Translator) -> Any:
    title = t(layer.title)
    zoom = t("zoom in") if layer.min_zoom > OVERVIEW_ZOOM else None
    return html.Div(
        some(
            dmc.Switch(
                id={"type": "om-switch", "layer": layer.id},
                checked=view.shows(layer.id, layer.on),
                size="xs",
                color="cyan",
                withThumbIndicator=False,
                **attributes(aria_label=t("Show {layer}", layer=title)),
            ),
            html.Span(
                className=f"om-swatch om-swatch--{layer.id}",
                **attributes(data_om_icon=layer.icon, aria_hidden="true"),
            ),
            html.Span(
                some(title, html.Span(zoom, className="om-layer-zoom") if zoom else None),
                className="om-layer-name",
            ),
            html.Span(
                t.number(count),
                id={"type": "om-count", "layer": layer.id},
                className="om-layer-count",
            ),
            dmc.Slider(
                id={"type": "om-opacity", "layer": layer.id},
                value=100,
                min=10,
                max=100,
                step=5,
                size="xs",
                color="cyan",
                label=None,
                thumbLabel=t("Opacity of {layer}", layer=title),
                className="om-layer-opacity",
            ),
        ),
        className="om-layer-row",
    )


def draw_legend(t: Translator) -> Any:
    """What shapes and fills mean: colour is never alone."""
    levels = [
        html.Span(t(word), className=f"om-level om-level--{level}")
        for level, word in LEVEL_WORDS.items()
    ]
    presences = [
        html.Span(t(word), className=f"om-presence om-presence--{presence}")
        for presence, word in PRESENCE_WORDS.items()
    ]
    unheard = html.Span(t("area nothing is heard of"), className="om-unheard")
    return html.Section(
        [
            html.H3(t("Legend"), className="om-group-title"),
            html.Div([*levels, *presences, unheard], className="om-legend"),
        ],
        className="om-section",
    )
