"""What leaders read in the drawers: who answers, why it is red, how far the work is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import LineString, Point, box

from geodata.atlas import Atlas
from iot.alerts import Alert
from iot.catalogue import Catalogue
from iot.levels import Level
from iot.live import ComponentDelta, Delta
from iot.picture import Picture
from iot.presence import Presence
from layers import all_layers
from layers.card import Bars, Card, Chain, Facts, Items, Milestones, Progress, Readings, T
from layers.context import MapContext
from layers.key_projects import by_trouble
from layers.projects import milestones_of, planned_progress, status_of, trouble
from layers.responsibility import links

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 5, 1, 12, 0, tzinfo=ZONE)
TOWN, COMMUNITY, AREA = "320507001", "320507001001", "320507001Z1"
GRIDS = ("320507001001001", "320507001001002", "320507001001003")
COVERS = ("32050701002000001", "32050701002000002", "32050701002000003")


def frame(codes: Any, shapes: Any, **columns: Any) -> gpd.GeoDataFrame:
    names = columns.pop("names", [f"名{code[-3:]}" for code in codes])
    data = {"code": list(codes), "name": names, **columns}
    return gpd.GeoDataFrame(data, geometry=list(shapes), crs="EPSG:4326")


def make_atlas(projects: list[dict[str, Any]] | None = None) -> Atlas:
    """A town of three grids in a row; a component in the middle of each."""
    squares = [box(120.6 + 0.01 * n, 31.4, 120.61 + 0.01 * n, 31.41) for n in range(3)]
    whole = box(120.6, 31.4, 120.63, 31.41)
    middles = [Point(120.605 + 0.01 * n, 31.405) for n in range(3)]
    layers = {
        "district": frame(["320507"], [whole], names=["相城区"]),
        "towns": frame([TOWN], [whole], names=["元和街道"]),
        "communities": frame([COMMUNITY], [whole]),
        "enforcement_areas": frame([AREA], [whole], leader=["钱七"], phone=["13700000000"]),
        "grids": frame(
            GRIDS,
            squares,
            leader=["张三", "李四", None],
            leader_phone=["13800000001", None, None],
            branch_secretary=["张三", "赵六", None],
            population=[1000, 2000, None],
        ),
        "components": frame(
            COVERS,
            middles,
            class_code=["01002", "01002", "99999"],
            gateway=["gw-1", "gw-1", None],
            project=["P2", None, None],
        ),
        "party_sites": frame(["D1"], [Point(120.6055, 31.405)], names=["先锋驿站"]),
        "water": frame(["W1"], [LineString([(120.605, 31.3), (120.605, 31.5)])], kind=["river"]),
    }
    rows = projects or []
    if rows:
        columns = {key: [row.get(key) for row in rows] for row in rows for key in row}
        layers["key_projects"] = gpd.GeoDataFrame(
            columns, geometry=[middles[0]] * len(rows), crs="EPSG:4326"
        )
    agencies = pd.DataFrame(
        {
            "code": ["A1", "A2"],
            "town": [TOWN, TOWN],
            "name": ["建设管理局", "集成指挥中心"],
            "head": ["孙八", "周九"],
            "phone": ["0512-1", "0512-2"],
        }
    )
    return Atlas.of(layers, agencies, path=Path("none.gpkg"))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.read()


@pytest.fixture
def context(catalogue: Catalogue) -> MapContext:
    return MapContext(make_atlas(), Picture(), catalogue, NOW)


def ms(hour: int, minute: int = 0) -> int:
    return round(datetime(2026, 5, 1, hour, minute, tzinfo=ZONE).timestamp() * 1000)


def alert(number: int, component: str, level: str, **changes: Any) -> Alert:
    made = {
        "id": number,
        "component": component,
        "rule": "01002.tilt",
        "level": level,
        "text": f"告警{number}",
        "value": 26.0,
        "opened_at": ms(11, number),
    }
    return Alert(**{**made, **changes})


def card(layer: str, code: str, context: MapContext) -> Card:
    row = context.atlas.row(layer, code)
    assert row is not None
    return all_layers()[layer].card(row, context)


def section(card: Card, title: str) -> Any:
    """The section with that msgid as its title."""
    found = [
        each
        for each in card.sections
        if isinstance(getattr(each, "title", None), T) and each.title.msgid == title
    ]
    assert len(found) == 1, f"{title}: {[getattr(s, 'title', None) for s in card.sections]}"
    return found[0]


def rule_of(catalogue: Catalogue, class_code: str) -> Any:
    return next(r for r in catalogue.classes[class_code].rules if r.metric is not None)


def test_the_whole_chain_of_responsibility(context: MapContext) -> None:
    row = context.atlas.row("components", COVERS[0])
    assert row is not None
    assert context.catalogue.classes["01002"].agency == "建设管理局"
    found = [(link.role, link.name, link.leader, link.phone) for link in links(row, context)]
    assert found == [
        ("grid", "名001", None, None),
        ("leader_and_secretary", "张三", None, "13800000001"),
        ("enforcement_area", "名1Z1", "钱七", "13700000000"),
        ("agency", "建设管理局", "孙八", "0512-1"),
    ]


def test_a_secretary_who_is_another_stands_apart(context: MapContext) -> None:
    row = context.atlas.row("components", COVERS[1])
    assert row is not None
    people = [(link.role, link.name) for link in links(row, context)][1:3]
    assert people == [("grid_leader", "李四"), ("branch_secretary", "赵六")]


def test_a_grid_without_a_leader_says_so(context: MapContext) -> None:
    row = context.atlas.row("components", COVERS[2])
    assert row is not None
    roles = {link.role: link for link in links(row, context)}
    assert roles["grid_leader"].name is None
    # An unknown class: the town's command centre must come.
    assert roles["agency"].name == "集成指挥中心"
    assert roles["agency"].leader == "周九"
    steps = section(card("components", COVERS[2], context), "Who answers for it").steps
    assert T("nobody named") in [step.name for step in steps]


def test_a_red_component_says_why_first(context: MapContext) -> None:
    rule = rule_of(context.catalogue, "01002")
    context.picture.apply_alert(alert(1, COVERS[0], "red", rule=rule.id, text="井盖倾斜"))
    shown = card("components", COVERS[0], context)
    assert [badge.tone for badge in shown.badges] == ["level-red", "muted"]
    why = shown.sections[0]
    assert isinstance(why, Items)
    (item,) = why.items
    assert item.title == "井盖倾斜"
    assert isinstance(item.detail, T)
    assert item.detail.args["since"] == "11:01:00"
    assert rule.source in item.detail.args["source"]
    assert "26" in item.detail.args["reading"]
    assert isinstance(shown.sections[1], Readings)


def why(context: MapContext, rule: str, value: float | None) -> T:
    """The second line of the only reason that the first component alerts for."""
    context.picture.apply_alert(alert(1, COVERS[0], "red", rule=rule, value=value))
    (item,) = section(card("components", COVERS[0], context), "Why it alerts").items
    assert isinstance(item.detail, T)
    return item.detail


def test_yes_and_no_are_words(context: MapContext) -> None:
    detail = why(context, "01002.open", 1.0)
    assert detail.msgid == "since {since}, {metric}: yes, limit from {source}"
    assert detail.args["metric"] == "打开"


def test_a_silence_tells_no_reading(context: MapContext) -> None:
    detail = why(context, "01002.silent", 15.0)
    assert detail.msgid == "since {since}, limit from {source}"
    assert "15" not in str(detail.args)


def test_a_calm_component_shows_its_readings_first(context: MapContext) -> None:
    shown = card("components", COVERS[0], context)
    assert shown.sections[0] == Readings(COVERS[0])
    assert isinstance(shown.sections[2], Chain)
    near = section(shown, "Party sites nearby")
    assert [(item.title, item.detail) for item in near.items] == [("先锋驿站", "48 m")]


def test_a_component_in_english(context: MapContext) -> None:
    english = replace(context, lang="en")
    known = context.catalogue.classes["01002"]
    assert card("components", COVERS[0], english).kind == known.name_en
    assert card("components", COVERS[0], context).kind == known.name_zh


def test_the_grid_counts_its_components_and_people(context: MapContext) -> None:
    delta = ComponentDelta(COVERS[0], presence=int(Presence.ONLINE), presence_since=ms(9))
    context.picture.apply(Delta("e", 1, ms(9), components=[delta]))
    context.picture.apply_alert(alert(1, COVERS[0], "orange"))
    shown = card("grids", GRIDS[0], context)
    assert [badge.tone for badge in shown.badges] == ["level-orange"]
    levels = section(shown, "Components by alert level")
    assert isinstance(levels, Bars)
    assert [value for _, value, _ in levels.bars] == [0, 1, 0, 0]
    presences = section(shown, "Components by presence")
    assert [value for _, value, _ in presences.bars] == [1, 0, 0, 0]
    facts = {fact.label.msgid: fact.value for fact in section(shown, "In figures").facts}
    assert facts["Population"] == "1,000"
    assert facts["Town"] == "元和街道"


def test_areas_are_listed_worst_first(context: MapContext) -> None:
    context.picture.apply_alert(alert(1, COVERS[1], "yellow"))
    context.picture.apply_alert(alert(2, COVERS[2], "red"))
    for layer, code in (("enforcement_areas", AREA), ("communities", COMMUNITY)):
        grids = section(card(layer, code, context), "Grids, most urgent first")
        assert [item.ref.code for item in grids.items] == [GRIDS[2], GRIDS[1], GRIDS[0]]
        assert [badge.tone for badge in grids.items[0].badges] == ["level-red"]
    facts = section(card("communities", COMMUNITY, context), "In figures").facts
    assert T("Population") in [fact.label for fact in facts]
    alerts = section(card("district", "320507", context), "Open alerts")
    assert [item.title for item in alerts.items] == ["告警2", "告警1"]


def test_a_cleared_alert_is_gone_and_an_acknowledged_one_says_so(context: MapContext) -> None:
    first = alert(1, COVERS[0], "red")
    context.picture.apply_alert(first)
    seen = alert(1, COVERS[0], "red", revision=2, acknowledged_at=ms(11, 30))
    context.picture.apply_alert(seen)
    (item,) = section(card("grids", GRIDS[0], context), "Open alerts").items
    assert T("acknowledged") in [badge.text for badge in item.badges]
    context.picture.apply_alert(alert(1, COVERS[0], "red", revision=3, cleared_at=ms(11, 40)))
    assert section(card("grids", GRIDS[0], context), "Open alerts").items == ()


def test_the_town_lists_its_agencies(context: MapContext) -> None:
    agencies = section(card("towns", TOWN, context), "Agencies").items
    assert [(item.title, item.detail) for item in agencies] == [
        ("建设管理局", "孙八 · 0512-1"),
        ("集成指挥中心", "周九 · 0512-2"),
    ]


def test_a_river_tells_of_the_components_at_its_banks(context: MapContext) -> None:
    context.picture.apply_alert(alert(1, COVERS[0], "red"))
    context.picture.apply_alert(alert(2, COVERS[1], "red"))  # 950 m away
    items = section(card("water", "W1", context), "Open alerts within 100 m").items
    assert [item.ref.code for item in items] == [COVERS[0]]


def test_key_work_is_ordered_by_trouble(catalogue: Catalogue) -> None:
    projects = [
        {"code": "P1", "name": "正常", "status": "on_track", "progress": 50.0},
        {"code": "P2", "name": "告警", "status": "on_track", "progress": 50.0},
        {"code": "P3", "name": "停工", "status": "stopped", "progress": 10.0},
        {"code": "P4", "name": "预警", "status": "warning", "progress": 40.0},
        {"code": "P5", "name": "滞后", "status": "late", "progress": 30.0},
        {"code": "P6", "name": "完成", "status": "done", "progress": 100.0},
    ]
    context = MapContext(make_atlas(projects), Picture(), catalogue, NOW)
    context.picture.apply_alert(alert(1, COVERS[0], "orange"))  # P2's own sensor
    ranked = by_trouble(context)
    assert [row["code"] for _, row in ranked] == ["P3", "P5", "P2", "P4", "P1", "P6"]
    assert ranked[2][0].level is Level.ORANGE
    assert [found.troubled for found, _ in ranked] == [True] * 4 + [False] * 2
    shown = card("key_projects", "P2", context)
    (sensor,) = section(shown, "Its own sensors").items
    assert sensor.ref.code == COVERS[0]


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"status": "stopped", "progress": 100}, "stopped"),
        ({"status": "rubbish", "progress": 100}, "done"),
        ({"finished_date": "2026-04-01"}, "done"),
        ({"due_date": "2026-04-30", "progress": 90}, "late"),
        ({"due_date": "2026-05-01", "progress": 90}, "on_track"),
        ({"progress_planned": 60, "progress": 50}, "warning"),
        ({"progress_planned": 60, "progress": 51}, "on_track"),
        ({"start_date": "2026-01-01", "due_date": "2026-12-31", "progress": 5}, "warning"),
        ({}, "on_track"),
    ],
)
def test_a_status_that_is_not_given_follows_from_dates(row: dict[str, Any], status: str) -> None:
    assert status_of(row, NOW.date()) == status


def test_planned_progress_follows_from_dates() -> None:
    row = {"start_date": "2026-04-01", "due_date": "2026-05-31"}
    assert planned_progress(row, date(2026, 5, 1)) == 50
    assert planned_progress(row, date(2027, 1, 1)) == 100
    assert planned_progress(row, date(2020, 1, 1)) == 0
    assert planned_progress({**row, "due_date": "2026-04-01"}, date(2026, 5, 1)) is None


def test_milestones_have_their_states_from_today() -> None:
    stones = [
        {"name": "竣工", "due": "2026-12-01", "done": None},
        {"name": "开工", "due": "2026-01-01", "done": "2026-01-03"},
        {"name": "封顶", "due": "2026-04-30", "done": None},
        {"name": "装修", "due": "2026-05-01", "done": None},
        "rubbish",
        {"due": "someday"},
    ]
    found = milestones_of({"milestones": json.dumps(stones)}, NOW.date())
    assert [(stone.name, stone.state) for stone in found] == [
        ("开工", "done"),
        ("封顶", "late"),
        ("装修", "next"),
        ("竣工", "later"),
        ("–", "later"),
    ]
    assert milestones_of({"milestones": "not json"}, NOW.date()) == ()


def test_a_projects_card_sets_plan_against_fact(catalogue: Catalogue) -> None:
    project = {
        "code": "P1",
        "name": "园区",
        "status": "late",
        "progress": 40.0,
        "progress_planned": 60.0,
        "invest_planned": 20_000.0,
        "invest_actual": 5_000.0,
        "milestones": json.dumps([{"name": "开工", "due": "2026-01-01", "done": None}]),
    }
    context = MapContext(make_atlas([project]), Picture(), catalogue, NOW)
    shown = card("key_projects", "P1", context)
    progress, money = shown.sections[0], shown.sections[1]
    assert isinstance(progress, Progress)
    assert (progress.planned, progress.actual) == (60, 40)
    assert isinstance(money, Progress)
    assert money.actual == 25
    stones = next(each for each in shown.sections if isinstance(each, Milestones))
    assert [stone.state for stone in stones.milestones] == ["late"]
    where = next(each for each in shown.sections if isinstance(each, Facts))
    assert "元和街道" in [fact.value for fact in where.facts]
    row = context.atlas.row("key_projects", "P1")
    assert row is not None
    assert trouble(row, context).lag == -20
