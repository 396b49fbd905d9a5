"""The whole browse page, drawn once for one view; callbacks replace parts of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dash_mantine_components as dmc
from dash import dcc, html

from app.ages import Clock
from app.clock import now_ms
from app.drawing.alerts import draw_alerts
from app.drawing.crumbs import draw_crumbs
from app.drawing.drawer import chart_skeleton, draw_selected
from app.drawing.frame import draw_drawer, draw_left, draw_strip, draw_top, script_words
from app.drawing.map import draw_map
from app.drawing.pen import Pen, attributes
from app.drawing.projects import count_troubled, draw_projects
from app.drawing.tree import draw_tree
from app.i18n import HTML_LANG, translator
from layers import all_layers

if TYPE_CHECKING:
    from app.drawing.cards import DrawnCard
    from app.services import Services
    from app.view import View
    from layers.context import MapContext

#: How often charts are drawn anew, and lists whatever has happened, ms.
TICK_MS = 30_000


def draw_page(view: View, services: Services, context: MapContext) -> Any:
    """Everything on the page, drawn once; callbacks replace parts of it."""
    t, layers = translator(view.lang), all_layers()
    pen = Pen(Clock.at_now(t, services.settings.timezone))
    atlas, counts = context.atlas, services.feed.columns.counts()
    card = draw_selected(view.selected, context, pen)
    sizes = {layer: len(frame) for layer, frame in atlas.layers.items()}
    stale = services.feed.vitals.staleness(now_ms()) is not None
    figures = {**counts, **_mapping(counts.get("levels"))}
    crumbs = draw_crumbs(atlas, view.selected, pen)
    body = html.Div(
        [
            draw_top(view, t, services.settings.web.title, atlas.sample, crumbs),
            draw_left(
                t,
                draw_tree(list(layers.values()), sizes, view, t),
                draw_projects(context, pen),
                draw_alerts(context, pen, (), stale),
            ),
            html.Main(
                [
                    draw_map(view, atlas, layers),
                    html.Div(className="om-banner", role="alert", **attributes(data_om="banner")),
                    draw_strip(t, figures, count_troubled(context)),
                ],
                className="om-map",
                **attributes(aria_label=t("Map")),
            ),
            draw_drawer(t, drawer_parts(card)),
            *_stores(view, card),
        ],
        className="om-app",
        lang=HTML_LANG[view.lang],
        **attributes(data_strings=script_words(t), data_zone=services.settings.timezone),
    )
    return dmc.MantineProvider(body, forceColorScheme=view.theme)


def _stores(view: View, card: DrawnCard | None) -> list[Any]:
    chosen = view.selected
    selected = {"layer": chosen.layer, "code": chosen.code} if chosen else None
    return [
        dcc.Store(id="om-selected", data=selected),
        dcc.Store(id="om-pulse", data={"alerts": 0, "selected": 0}),
        dcc.Store(id="om-page-lang", data=view.lang),
        dcc.Store(id="om-theme", data=view.theme),
        dcc.Store(id="om-levels", data=[]),
        dcc.Store(id="om-fly"),
        dcc.Store(id="om-flight"),
        dcc.Store(id="om-ack"),
        dcc.Store(id="om-zoom"),
        dcc.Store(id="om-atlas"),
        dcc.Store(id="om-void"),
        *(dcc.Store(id=f"om-drawn-{part}") for part in ("card", "alerts", "projects")),
        dcc.Store(id="om-chart-of", data=card.charts if card else None),
        dcc.Interval(id="om-tick", interval=TICK_MS),
    ]


def drawer_parts(card: DrawnCard | None) -> dict[str, Any]:
    """The drawer's children by part; empty when it is closed."""
    if card is None:
        return {}
    charts = chart_skeleton() if card.charts else []
    return {"head": card.head, "upper": card.upper, "charts": charts, "lower": card.lower}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
