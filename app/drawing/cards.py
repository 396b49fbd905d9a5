"""A card (``layers.card``) as the drawer shows it: one function a kind of section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from dash import html

from app.drawing.pen import Pen, attributes, some
from layers.card import (
    Bars,
    Card,
    Chain,
    Facts,
    Item,
    Items,
    Milestone,
    Milestones,
    Progress,
    Readings,
    Section,
)


@dataclass(frozen=True)
class DrawnCard:
    """The parts of a drawer: what may be redrawn every second, and whose charts stand between.

    charts: the component whose history is drawn, or None.
    """

    head: Any
    upper: list[Any]
    charts: str | None
    lower: list[Any]


def draw_card(card: Card, pen: Pen, values: Any = None) -> DrawnCard:
    """Draw a card. ``values``: what stands in the place of ``Readings``, drawn by the caller."""
    at = next((n for n, section in enumerate(card.sections) if isinstance(section, Readings)), None)
    head = draw_head(card, pen)
    if at is None:
        return DrawnCard(head, [draw(section, pen) for section in card.sections], None, [])
    readings = card.sections[at]
    assert isinstance(readings, Readings)  # noqa: S101 - found as such above
    upper = [draw(section, pen) for section in card.sections[:at]]
    lower = [draw(section, pen) for section in card.sections[at + 1 :]]
    return DrawnCard(head, some(*upper, values), readings.component, lower)


def draw_head(card: Card, pen: Pen) -> Any:
    """Kind, title, badges, code; and what closes the drawer."""
    return html.Header(
        some(
            html.Span(pen.text(card.kind), className="om-kind"),
            html.H2(card.title),
            *(pen.badge(badge) for badge in card.badges),
            html.Span(card.code, className="om-code") if card.code else None,
            html.Button(
                "×",
                type="button",
                title=pen.t("Close"),
                **attributes(aria_label=pen.t("Close"), data_om_action="close"),
            ),
        ),
        className="om-card-head",
    )


@singledispatch
def draw(section: Section, pen: Pen) -> Any:  # noqa: ARG001 - the signature of all below
    """Draw one section. A new kind of section is one more registered function."""
    raise TypeError(f"no drawing for a section of type {type(section).__name__}")


@draw.register
def _facts(section: Facts, pen: Pen) -> Any:
    rows: list[Any] = []
    for fact in section.facts:
        value = pen.text(fact.value)
        shown = pen.opens(value, fact.ref) if fact.ref else value
        rows += [html.Dt(pen.text(fact.label)), html.Dd(shown)]
    return _section(pen, section.title, html.Dl(rows, className="om-facts"))


@draw.register
def _items(section: Items, pen: Pen) -> Any:
    if not section.items:
        return _section(pen, section.title, pen.empty(section.empty))
    rows = [html.Li(draw_item(item, pen)) for item in section.items]
    return _section(pen, section.title, html.Ul(rows, className="om-list"))


def draw_item(item: Item, pen: Pen) -> Any:
    """One row of a list."""
    inner = some(
        html.Span(pen.text(item.title), className="om-item-title"),
        pen.badges(item.badges),
        None
        if item.detail is None
        else html.Span(pen.text(item.detail), className="om-item-detail"),
    )
    return pen.opens(inner, item.ref, "om-item")


@draw.register
def _chain(section: Chain, pen: Pen) -> Any:
    steps = [
        html.Li(
            some(
                html.Span(pen.text(step.role), className="om-step-role"),
                pen.opens(pen.text(step.name), step.ref, "om-step-name"),
                None
                if step.detail is None
                else html.Span(pen.text(step.detail), className="om-step-detail"),
            ),
            className="om-step",
        )
        for step in section.steps
    ]
    return _section(pen, section.title, html.Ol(steps, className="om-chain"))


@draw.register
def _progress(section: Progress, pen: Pen) -> Any:
    return _section(
        pen,
        section.title,
        progress_bar(pen, section.planned, section.actual, section.unit),
        None if section.note is None else html.P(pen.text(section.note), className="om-note"),
    )


def progress_bar(pen: Pen, planned: float, actual: float, unit: str = "%") -> Any:
    """Planned as a line across the bar, actual as its filling, both in words below."""
    done = pen.t("actual {actual}{unit}", actual=actual, unit=unit)
    plan = pen.t("planned {planned}{unit}", planned=planned, unit=unit)
    return html.Div(
        [
            html.Div(
                className="om-progress",
                role="img",
                style={"--actual": _bounded(actual), "--planned": _bounded(planned)},
                **attributes(aria_label=f"{done}, {plan}"),
            ),
            html.Div([html.Span(done), html.Span(plan)], className="om-progress-legend"),
        ]
    )


@draw.register
def _milestones(section: Milestones, pen: Pen) -> Any:
    rows = [
        html.Li(
            [
                html.Span(milestone.name, className="om-milestone-name"),
                html.Span(_when(milestone, pen), className="om-milestone-date"),
            ],
            className=f"om-milestone om-milestone--{milestone.state}",
        )
        for milestone in section.milestones
    ]
    return _section(pen, section.title, html.Ol(rows, className="om-milestones"))


def _when(milestone: Milestone, pen: Pen) -> str:
    if milestone.done:
        return pen.t("done {day}, due {due}", day=milestone.done, due=milestone.due)
    if milestone.state == "late":
        return pen.t("overdue, due {due}", due=milestone.due)
    return pen.t("due {due}", due=milestone.due)


@draw.register
def _bars(section: Bars, pen: Pen) -> Any:
    most = max((value for _label, value, _tone in section.bars), default=0) or 1
    unit = pen.text(section.unit)
    rows: list[Any] = []
    for label, value, tone in section.bars:
        rows += [
            html.Span(pen.text(label), className="om-bar-label"),
            html.Div(
                className=f"om-bar om-bar--{tone if value else 'none'}",
                style={"--share": 100 * value / most},
            ),
            html.Span(f"{pen.t.number(value)}{unit}", className="om-bar-value"),
        ]
    return _section(pen, section.title, html.Div(rows, className="om-bars"))


def _section(pen: Pen, title: Any, *children: Any) -> Any:
    return html.Section(some(pen.title(title), *children), className="om-section")


def _bounded(percent: float) -> float:
    return min(max(percent, 0.0), 100.0)
