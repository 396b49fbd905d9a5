"""Key projects (重点项目): plan against fact, milestones, what their own sensors say.

Ordered by trouble they are the key work (重点工作) that leaders look at first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geodata.schema import Field, LayerSchema
from layers.base import Layer
from layers.card import Badge, Card, Fact, Facts, Item, Items, Milestones, Progress, Ref, T
from layers.cells import day, number, text
from layers.live import alert_items, level_badge, presence_badge
from layers.places import area_km2, name_of, nearby_items, where_facts
from layers.projects import (
    Trouble,
    milestones_of,
    own_sensors,
    planned_progress,
    trouble,
)
from layers.responsibility import chain

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from layers.card import Section, Text
    from layers.context import MapContext
    from layers.projects import Status

__all__ = ["LAYER", "Trouble", "by_trouble", "project_item", "project_items", "trouble"]

_STATUS_BADGES: dict[Status, Badge] = {
    "on_track": Badge(T("on track"), "quiet"),
    "warning": Badge(T("warning"), "strong"),
    "late": Badge(T("late work"), "strong"),
    "stopped": Badge(T("stopped"), "strong"),
    "done": Badge(T("done"), "muted"),
}


def by_trouble(
    context: MapContext, codes: Iterable[str] | None = None
) -> list[tuple[Trouble, dict[str, Any]]]:
    """Key work, worst first: (its trouble, its row), of these codes or of all projects."""
    if codes is None:
        codes = [str(code) for code in context.atlas.layers["key_projects"].index]
    rows = [row for code in codes if (row := context.atlas.row("key_projects", code))]
    return sorted(((trouble(row, context), row) for row in rows), key=lambda pair: pair[0])


def project_item(found: Trouble, row: Mapping[str, Any], context: MapContext) -> Item:
    """One project as a row of a list: name, progress against plan, status, its sensors' level."""
    code = text(row, "code") or ""
    progress, planned = number(row, "progress"), planned_progress(row, context.now.date())
    detail: Text | None = text(row, "unit")
    if progress is not None and planned is not None:
        figures = {"actual": f"{progress:.0f}%", "planned": f"{planned:.0f}%"}
        detail = T("{actual} done, {planned} planned", figures)
    badges = (_STATUS_BADGES[found.status], *level_badge(found.level))
    return Item(text(row, "name") or code, detail, badges, Ref("key_projects", code))


def project_items(
    codes: Iterable[str] | None, context: MapContext, title: Text, limit: int = 20
) -> Items:
    """Key work as a section, worst first; None takes all projects."""
    ranked = by_trouble(context, codes)[:limit]
    items = tuple(project_item(found, row, context) for found, row in ranked)
    return Items(title, items, T("no key project here"))


def card(row: Mapping[str, Any], context: MapContext) -> Card:
    """Plan against fact, milestones, its own sensors, who answers for it, what is near."""
    code = text(row, "code") or ""
    found = trouble(row, context)
    sensors = own_sensors(code, context)
    return Card(
        kind=T("Key project"),
        title=text(row, "name") or code,
        code=code,
        badges=(_STATUS_BADGES[found.status], *level_badge(found.level)),
        sections=(
            *_progress(row, context),
            alert_items(sensors, context, T("Alerts of its own sensors")),
            _milestones(row, context),
            _sensors(sensors, context),
            Facts(T("The project"), tuple(_facts(row, context))),
            chain(row, context),
            nearby_items(row, context, "party_sites", T("Party sites nearby")),
        ),
    )


def _progress(row: Mapping[str, Any], context: MapContext) -> tuple[Section, ...]:
    sections: list[Section] = []
    actual, planned = number(row, "progress"), planned_progress(row, context.now.date())
    if actual is not None:
        note = None if planned is not None else T("no plan to compare with")
        sections.append(
            Progress(T("Progress"), _percent(planned or 0.0), _percent(actual), note=note)
        )
    budget, spent = number(row, "invest_planned"), number(row, "invest_actual")
    if budget and spent is not None:
        note = T(
            "{actual} of {planned}, in 10,000 yuan",
            {"actual": f"{spent:,.0f}", "planned": f"{budget:,.0f}"},
        )
        share = _percent(100 * spent / budget)
        sections.append(Progress(T("Investment"), _percent(planned or 0.0), share, note=note))
    return tuple(sections)


def _percent(value: float) -> float:
    return round(min(max(value, 0.0), 100.0), 1)


def _milestones(row: Mapping[str, Any], context: MapContext) -> Milestones:
    return Milestones(T("Milestones"), milestones_of(row, context.now.date()))


def _sensors(codes: list[str], context: MapContext) -> Items:
    items = []
    for code in sorted(codes, key=lambda code: (-context.picture.state(code).level, code)):
        state = context.picture.state(code)
        badges = (*level_badge(state.level), presence_badge(state.presence))
        items.append(
            Item(name_of(context, "components", code), badges=badges, ref=Ref("components", code))
        )
    return Items(T("Its own sensors"), tuple(items), T("it has no sensors of its own"))


def _facts(row: Mapping[str, Any], context: MapContext) -> list[Fact]:
    texts: tuple[tuple[T, Text | None], ...] = (
        (T("Category"), text(row, "category")),
        (T("Unit in charge"), text(row, "unit")),
        (T("Manager"), text(row, "manager")),
        (T("Phone"), text(row, "phone")),
        (T("Start"), _day_text(row, "start_date")),
        (T("Due"), _day_text(row, "due_date")),
        (T("Finished"), _day_text(row, "finished_date")),
        (T("Planned investment, 10,000 yuan"), _amount(row, "invest_planned")),
        (T("Actual investment, 10,000 yuan"), _amount(row, "invest_actual")),
        (T("Site area"), _site_area(row)),
        (T("Note"), text(row, "note")),
    )
    facts = [Fact(label, value) for label, value in texts if value is not None]
    return facts + where_facts(row, context)


def _day_text(row: Mapping[str, Any], key: str) -> str | None:
    found = day(row, key)
    return found.isoformat() if found else None


def _amount(row: Mapping[str, Any], key: str) -> str | None:
    amount = number(row, key)
    return None if amount is None else f"{amount:,.0f}"


def _site_area(row: Mapping[str, Any]) -> Text | None:
    area = area_km2(row)
    return None if area is None else T("{n} ha", {"n": f"{area * 100:,.1f}"})


LAYER = Layer(
    schema=LayerSchema(
        id="key_projects",
        geometry=("point", "line", "area"),
        fields=(
            Field("category"),
            Field("unit"),
            Field("manager"),
            Field("phone"),
            Field("invest_planned", kind="number"),
            Field("invest_actual", kind="number"),
            Field("start_date", kind="date"),
            Field("due_date", kind="date"),
            Field("finished_date", kind="date"),
            Field("progress_planned", kind="number"),
            Field("progress", kind="number"),
            Field("status"),
            Field("milestones", kind="json"),
            Field("note"),
        ),
    ),
    title="Key projects",
    group="places",
    order=50,
    icon="project",
    card=card,
    map_fields=("category", "status"),
)
