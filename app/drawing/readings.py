"""A component's live values: one line a metric, the metric that alerts first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from app.drawing.pen import attributes, some
from app.wording import metric_name, reading_marks, value_words
from iot.levels import Level
from layers.card import T

if TYPE_CHECKING:
    from app.drawing.pen import Pen
    from iot.catalogue import ComponentClass, Metric
    from iot.live import Sample
    from iot.picture import ComponentState
    from layers.context import MapContext


def class_of(code: str, context: MapContext) -> ComponentClass | None:
    """The catalogue's class of a component, or None."""
    frame = context.atlas.layers["components"]
    if code not in frame.index:
        return None
    return context.catalogue.classes.get(str(frame.at[code, "class_code"]))


def alerting_metrics(code: str, context: MapContext) -> dict[str, Level]:
    """The level of each metric of a component that has an open alert."""
    levels: dict[str, Level] = {}
    for alert in context.picture.state(code).alerts.values():
        rule = context.catalogue.rule(alert.rule)
        if rule is not None and rule.metric:
            level = Level.parse(alert.level)
            levels[rule.metric] = max(levels.get(rule.metric, Level.NONE), level)
    return levels


def metrics_in_order(code: str, context: MapContext) -> list[Metric]:
    """The metrics of a component: what alerts first, then as the catalogue lists them."""
    owner = class_of(code, context)
    if owner is None:
        return []
    levels = alerting_metrics(code, context)
    return sorted(owner.metrics.values(), key=lambda m: -levels.get(m.name, Level.NONE))


def draw_values(code: str, context: MapContext, pen: Pen) -> Any:
    """Every metric with its value, unit and age; never heard of is said, not left out."""
    owner, state = class_of(code, context), context.picture.state(code)
    title = pen.title(T("Values now"))
    if owner is None:
        return html.Section(
            some(title, pen.empty(T("Its class is not in the catalogue."))), className="om-section"
        )
    levels = alerting_metrics(code, context)
    rows = [
        _row(metric, state, levels.get(metric.name, Level.NONE), owner.interval_s, pen)
        for metric in metrics_in_order(code, context)
    ]
    return html.Section(some(title, html.Ul(rows, className="om-readings")), className="om-section")


def _row(metric: Metric, state: ComponentState, level: Level, interval_s: int, pen: Pen) -> html.Li:
    sample = state.values.get(metric.name)
    marks = [] if sample is None else _marks(sample, state, interval_s, pen)
    shape = f" om-level om-level--{level.label}" if level.label else ""
    kinds = ["om-reading"]
    if sample is None:
        kinds.append("is-never")
    elif marks:
        kinds.append("is-old")
    value = value_words(sample.value if sample else None, metric, pen.t)
    return html.Li(
        [
            html.Span(metric_name(metric, pen.t), className="om-reading-name" + shape),
            html.Span(
                some(
                    html.Span(value, className="om-reading-value"),
                    html.Span(metric.unit, className="om-reading-unit") if metric.unit else None,
                ),
                className="om-reading-figure",
            ),
            html.Span(_age(sample, marks, pen), className="om-reading-age"),
        ],
        className=" ".join(kinds),
    )


def _age(sample: Sample | None, marks: list[str], pen: Pen) -> list[Any]:
    if sample is None:
        return [pen.t("never heard")]
    return [html.Span(**attributes(data_om_ago=str(sample.ts))), *(f" · {mark}" for mark in marks)]


def _marks(sample: Sample, state: ComponentState, interval_s: int, pen: Pen) -> list[str]:
    return reading_marks(
        sample.ts, sample.stamped, state.presence, interval_s, pen.clock.now, pen.t
    )
