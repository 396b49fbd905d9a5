"""Key work (重点工作): key projects in order of trouble, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from app.drawing.cards import progress_bar
from app.drawing.pen import some
from layers.card import Item, T
from layers.cells import number
from layers.key_projects import by_trouble, project_item
from layers.projects import milestones_of, planned_progress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.drawing.pen import Pen
    from layers.context import MapContext
    from layers.projects import Trouble

#: Below this many points behind its plan a project is not called behind.
BEHIND = 1.0


def count_troubled(context: MapContext) -> int:
    """How many key projects need somebody (重点预警)."""
    return sum(found.troubled for found, _row in by_trouble(context))


def draw_projects(context: MapContext, pen: Pen) -> list[Any]:
    """All key projects, worst first."""
    ranked = by_trouble(context)
    if not ranked:
        return [pen.empty(T("No key project is in the data."))]
    rows = [html.Li(_row(found, row, context, pen)) for found, row in ranked]
    troubled = sum(found.troubled for found, _row in ranked)
    said = pen.t("Need attention: {n} of {total}", n=troubled, total=len(ranked))
    return [html.P(said, className="om-note"), html.Ul(rows, className="om-list")]


def reason(found: Trouble, row: Mapping[str, Any], context: MapContext, pen: Pen) -> str:
    """Why a project stands where it does, in a few words."""
    parts = []
    if found.level.label is not None:
        level = pen.t.level(found.level.label)
        parts.append(pen.t("its own sensors alert: {level}", level=level))
    late = [m for m in milestones_of(row, context.now.date()) if m.state == "late"]
    if late and found.status != "done":
        parts.append(pen.t("milestone overdue: {name}", name=late[0].name))
    if found.troubled and -found.lag >= BEHIND:
        parts.append(pen.t("{n} pp behind plan", n=round(-found.lag)))
    return " · ".join(parts)


def _row(found: Trouble, row: Mapping[str, Any], context: MapContext, pen: Pen) -> Any:
    item: Item = project_item(found, row, context)
    actual, planned = number(row, "progress"), planned_progress(row, context.now.date())
    why = reason(found, row, context, pen)
    inner = some(
        html.Span(pen.text(item.title), className="om-item-title"),
        pen.badges(item.badges),
        None if actual is None else progress_bar(pen, round(planned or 0), round(actual)),
        html.Span(why, className="om-item-detail") if why else None,
    )
    return pen.opens(inner, item.ref, "om-item om-project")
