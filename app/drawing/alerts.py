"""The live list of alerts: worst first, then newest; each says what, where, since when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from app.drawing.pen import some
from app.i18n import LEVEL_WORDS
from app.wording import alert_text, class_name, metric_of, value_with_unit
from iot.levels import Level
from iot.presence import Presence
from layers.card import Badge, Ref, T

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from app.drawing.pen import Pen
    from iot.alerts import Alert
    from layers.context import MapContext

#: As many rows as anybody reads; what is left is counted in the last line.
MOST = 60


def ranked(alerts: Iterable[Alert], levels: Collection[str] = ()) -> list[Alert]:
    """Worst first, then newest; of these levels only, when any are given."""
    wanted = [alert for alert in alerts if not levels or alert.level in levels]
    return sorted(wanted, key=lambda a: (-Level.parse(a.level), -a.opened_at, -a.id))


def draw_alerts(context: MapContext, pen: Pen, levels: Collection[str], stale: bool) -> list[Any]:
    """The list, or why it is empty."""
    found = ranked(context.picture.alerts.values(), levels)
    notes = [pen.empty(T("The data stand still; what is listed may be over."))] if stale else []
    if not found:
        return [*notes, pen.empty(_why_empty(context, levels))]
    rows = [draw_alert(alert, context, pen) for alert in found[:MOST]]
    left = len(found) - len(rows)
    more = pen.empty(T("{n} more; filter by level to see them", {"n": left})) if left else None
    return some(*notes, html.Ul(rows, className="om-list"), more)


def _why_empty(context: MapContext, levels: Collection[str]) -> T:
    if levels and context.picture.alerts:
        return T("No open alert at this level.")
    heard = context.picture.components.values()
    if not heard:
        return T("No component has been heard of yet, so nothing can be said.")
    if not any(state.presence is Presence.ONLINE for state in heard):
        return T("No component is online, so nothing can be said about now.")
    return T("No open alert. All that report are within their limits.")


def draw_alert(alert: Alert, context: MapContext, pen: Pen) -> Any:
    """One alert: level, component, text, value, since when, where, and what can be done."""
    components = context.atlas.layers["components"]
    row = components.loc[alert.component] if alert.component in components.index else {}
    name = str(row.get("name") or alert.component)
    ref = Ref("components", alert.component)
    head: list[Any] = [
        html.Span(pen.t.level(alert.level), className=f"om-badge om-badge--level-{alert.level}"),
        html.Span(name, className="om-item-title"),
    ]
    if alert.acknowledged_at is not None:
        head.append(pen.badge(Badge(T("acknowledged"))))
    lines = [
        html.Span(head, className="om-alert-head"),
        html.Span(alert_text(alert, context.catalogue, pen.t), className="om-alert-text"),
        html.Span(
            [*_facts(alert, row, context, pen), place_words(row, context)],
            className="om-item-detail",
        ),
    ]
    return html.Li(
        [
            pen.button(lines, "om-alert-main om-ref", look=ref),
            _actions(alert, ref, pen, name),
        ],
        className=f"om-item om-alert om-alert--{alert.level} om-alert--{alert.state}",
    )


def _facts(alert: Alert, row: Any, context: MapContext, pen: Pen) -> list[Any]:
    rule = context.catalogue.rule(alert.rule)
    owner = context.catalogue.classes.get(str(row.get("class_code")))
    metric = metric_of(rule, context.catalogue) if rule else None
    # "yes" says nothing that the alert's text has not said.
    measured = metric is not None and metric.kind == "number" and alert.value is not None
    parts = [
        class_name(owner, pen.t) if owner else "",
        value_with_unit(alert.value, metric, pen.t) if measured else "",
        pen.t("since {moment}", moment=pen.clock.moment(alert.opened_at)),
    ]
    said = " · ".join(part for part in parts if part)
    return [f"{said} · ", pen.span_since(alert.opened_at), " · "]


def place_words(row: Any, context: MapContext) -> str:
    """Town and grid of a place by name; what is not known is left out."""
    names = []
    for column, layer in (("town", "towns"), ("grid", "grids")):
        frame, code = context.atlas.layers[layer], row.get(column)
        if isinstance(code, str) and code in frame.index:
            names.append(str(frame.at[code, "name"]))
    return " ".join(names)


def _actions(alert: Alert, ref: Ref, pen: Pen, name: str) -> Any:
    t = pen.t
    label = t("Fly to {name}", name=name)
    fly = pen.button(t("Fly there"), "om-action", goto=ref, label=label)
    if alert.acknowledged_at is not None:
        return html.Span([fly], className="om-actions")
    label = t("Acknowledge the alert of {name}", name=name)
    acknowledge = pen.button(t("Acknowledge"), "om-action", label=label, ack=str(alert.id))
    return html.Span([fly, acknowledge], className="om-actions")


def draw_filter(levels: Collection[str], pen: Pen) -> list[Any]:
    """One button a level, pressed when the list is of that level.

    Without counts: those of the strip are of components, and two numbers that differ
    for a good reason are still two numbers.
    """
    buttons = []
    for level in LEVEL_WORDS:
        chosen = level in levels
        button = pen.button(
            pen.t.level(level),
            f"om-chip om-level om-level--{level}",
            level=level,
        )
        setattr(button, "aria-pressed", str(chosen).lower())
        buttons.append(button)
    return buttons
