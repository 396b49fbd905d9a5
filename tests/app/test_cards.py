"""Cards as drawers: every kind of section, and names that are text whatever is in them."""

from __future__ import annotations

from typing import get_args

import pytest
from dash import html
from dash.development.base_component import Component

from app.ages import Clock
from app.drawing.cards import draw, draw_card
from app.drawing.pen import Pen
from app.i18n import translator
from layers.card import (
    Badge,
    Bars,
    Card,
    Chain,
    Fact,
    Facts,
    Item,
    Items,
    Milestone,
    Milestones,
    Progress,
    Readings,
    Ref,
    Section,
    Step,
    T,
)
from tests.app.drawn import nodes, of_class, text, texts, told

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)>'
GRID = Ref("grids", "320507001001001")

SECTIONS: dict[type, Section] = {
    Facts: Facts(T("In figures"), (Fact(T("Grid"), EVIL, GRID), Fact(EVIL, T("red")))),
    Items: Items(
        T("Open alerts"), (Item(EVIL, EVIL, (Badge(EVIL, "level-red"),), GRID),), T("none here")
    ),
    Chain: Chain(T("Who answers for it"), (Step(T("Grid"), EVIL, EVIL, GRID), Step(EVIL, EVIL))),
    Progress: Progress(T("Progress"), 80.0, 40.5, note=EVIL),
    Milestones: Milestones(
        T("Milestones"),
        (
            Milestone(EVIL, "2026-01-01", "2026-01-02", "done"),
            Milestone(EVIL, "2026-02-01", None, "late"),
            Milestone(EVIL, "2026-03-01", None, "next"),
            Milestone(EVIL, "2026-04-01", None, "later"),
        ),
    ),
    Bars: Bars(T("Components by alert level"), ((EVIL, 3, "level-red"), (T("blue"), 0, "muted"))),
}


@pytest.fixture
def pen() -> Pen:
    return Pen(Clock.at_now(translator("zh")))


def test_every_kind_of_section_but_readings_is_tried_here() -> None:
    assert set(SECTIONS) == set(get_args(Section)) - {Readings}


@pytest.mark.parametrize("section", SECTIONS.values(), ids=lambda section: type(section).__name__)
def test_markup_in_names_stays_text(section: Section, pen: Pen) -> None:
    drawn = draw(section, pen)
    assert EVIL in texts(drawn)
    for node in nodes(drawn):
        assert type(node).__module__.startswith("dash.html")
        assert not isinstance(node, html.Script | html.Iframe | html.Img)
        for name, value in node.to_plotly_json()["props"].items():
            if name not in ("children", "aria-label", "title"):
                assert EVIL not in str(value)


@pytest.mark.parametrize("section", SECTIONS.values(), ids=lambda section: type(section).__name__)
def test_every_title_is_translated(section: Section, pen: Pen) -> None:
    title = section.title
    assert isinstance(title, T)
    assert pen.text(title) in texts(draw(section, pen))
    assert title.msgid not in texts(draw(section, pen))


def test_references_can_be_clicked(pen: Pen) -> None:
    for kind in (Facts, Items, Chain):
        assert told(draw(SECTIONS[kind], pen), "data-om-goto") == ["grids:320507001001001"]


def test_an_empty_list_says_why(pen: Pen) -> None:
    drawn = draw(Items("标题", (), T("no open alert")), pen)
    assert text(of_class(drawn, "om-empty")) == "没有未解除的告警"
    assert of_class(drawn, "om-item") == []


def test_progress_is_drawn_within_its_bar_and_said_as_it_is(pen: Pen) -> None:
    drawn = draw(Progress("投资", 120.0, 130.0), pen)
    (bar,) = of_class(drawn, "om-progress")
    assert bar.style == {"--actual": 100.0, "--planned": 100.0}
    assert "实际 130%" in text(drawn)


def test_milestones_carry_their_state_in_words_too(pen: Pen) -> None:
    drawn = draw(SECTIONS[Milestones], pen)
    states = ("done", "late", "next", "later")
    assert [len(of_class(drawn, f"om-milestone--{state}")) for state in states] == [1] * 4
    assert "超期（计划 2026-02-01）" in texts(drawn)


def test_bars_are_relative_to_the_longest_and_zero_is_no_bar(pen: Pen) -> None:
    bars = of_class(draw(SECTIONS[Bars], pen), "om-bar")
    assert [bar.style["--share"] for bar in bars] == [100.0, 0.0]
    assert "om-bar--none" in bars[1].className


def test_charts_stand_where_the_card_has_its_readings(pen: Pen) -> None:
    before, after = Facts("前", ()), Facts("后", ())
    card = Card(T("Component"), "井盖", "1", sections=(before, Readings("1"), after))
    drawn = draw_card(card, pen, values=html.P("数值"))
    assert text(drawn.upper) == "前数值"
    assert drawn.charts == "1"
    assert text(drawn.lower) == "后"
    assert draw_card(Card("类", "名", "2", sections=(before,)), pen).charts is None


def test_head(pen: Pen) -> None:
    card = Card(T("Grid"), EVIL, "320507001001001", (Badge(T("red"), "level-red"),))
    head = draw_card(card, pen).head
    assert texts(head) == ["网格", EVIL, "红", "320507001001001", "×"]
    assert told(head, "data-om-action") == ["close"]
    assert len(of_class(head, "om-badge--level-red")) == 1


def test_an_unknown_section_is_a_clear_error(pen: Pen) -> None:
    with pytest.raises(TypeError, match="no drawing for a section of type Component"):
        draw(Component(), pen)  # type: ignore[arg-type]
