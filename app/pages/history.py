"""The last 24 hours of a component: one chart a metric, read from the store in a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from dash import dcc, html

from app.charts import Window, history_figure
from app.drawing.readings import class_of, metrics_in_order
from app.wording import limits_of, metric_name

if TYPE_CHECKING:
    from app.ages import Clock
    from iot.ledger import Ledger
    from layers.context import MapContext


async def draw_history(
    component: str, context: MapContext, clock: Clock, ledger: Ledger, theme: str
) -> list[Any]:
    """Charts of the metrics that were heard, what alerts first; the others by name."""
    owner = class_of(component, context)
    if owner is None:
        return []
    window = Window.last_day(clock.now)
    drawn: list[Any] = []
    silent: list[str] = []
    for metric in metrics_in_order(component, context):
        rows = await asyncio.to_thread(
            ledger.readings, component, metric.name, window.start, window.end
        )
        points = [(ts, value) for ts, value, _received in rows]
        name = metric_name(metric, clock.t)
        if not points:
            silent.append(name)
            continue
        limits = limits_of(metric.name, owner.rules)
        figure = await asyncio.to_thread(
            history_figure, points, metric, limits, window, owner.interval_s, clock, theme
        )
        drawn.append(draw_chart(name, metric.unit, figure))
    title = html.H3(clock.t("The last 24 hours"), className="om-section-title")
    if silent:
        said = clock.t("No reading in these 24 hours: {metrics}", metrics="、".join(silent))
        drawn.append(html.P(said, className="om-note"))
    return [title, *drawn]


def draw_chart(name: str, unit: str, figure: dict[str, Any]) -> Any:
    """One metric's chart under its name."""
    caption = f"{name} ({unit})" if unit else name
    graph = dcc.Graph(
        figure=figure,
        config={"displayModeBar": False, "responsive": True},
        className="om-chart-graph",
    )
    return html.Figure([html.Figcaption(caption), graph], className="om-chart")
