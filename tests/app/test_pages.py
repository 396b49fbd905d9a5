"""The browse page as it is drawn, without a browser."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from dash import no_update

from app.ages import Clock
from app.drawing.alerts import draw_alerts, draw_filter, ranked
from app.drawing.crumbs import crumbs
from app.drawing.drawer import draw_selected
from app.drawing.found import draw_found
from app.drawing.map import draw_layer, fitting_zoom, flight, layer_url, zoom_step
from app.drawing.pen import Pen
from app.drawing.projects import draw_projects
from app.i18n import LANGS, Lang, translator
from app.pages import draw_missing, draw_path
from app.pages.browse import BrowsePage, ref_of
from app.pages.history import draw_history
from app.pages.kept import Drawn, Kept
from app.search import Index
from iot.alerts import Alert
from iot.live import ComponentDelta, Sample
from iot.presence import Presence
from iot.tables import readings, series
from layers import all_layers
from layers.card import Ref
from tests.app.conftest import now, open_alert
from tests.app.drawn import nodes, of_class, text, texts, told
from tests.app.small import COVERS, GRIDS, write_small

if TYPE_CHECKING:
    from app.services import Services
    from app.settings import Settings

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def pen() -> Pen:
    return Pen(Clock.at_now(translator("zh")))


def alert(number: int, level: str, component: str = COVERS[0], opened: int = 1_000) -> Alert:
    return Alert(
        id=number,
        component=component,
        rule="01002.tilt",
        level=level,
        text="井盖倾斜",
        value=41.0,
        opened_at=opened,
    )


def show(services: Services, *alerts: Alert, values: dict[str, Sample] | None = None) -> None:
    """Put these into the live picture."""
    deltas = [ComponentDelta(COVERS[0], values or {}, Presence.ONLINE, 1_000)]
    services.picture.load(deltas, alerts, [])


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_has_all_its_parts(services: Services, lang: Lang) -> None:
    page = BrowsePage(services).layout(lang=lang)
    (app,) = of_class(page, "om-app")
    assert app.lang == {"zh": "zh-CN", "en": "en"}[lang]
    for name in ("om-brand", "om-sample", "om-search", "om-crumbs", "om-age", "om-strip"):
        assert len(of_class(page, name)) == 1, name
    assert len(of_class(page, "om-layer-row")) == len(all_layers())
    assert {node.id for node in nodes(page) if isinstance(getattr(node, "id", None), str)} >= {
        "map", "om-alerts", "om-projects", "om-selected", "om-pulse", "om-drawer",
    }  # fmt: skip
    assert "is-closed" in next(iter(of_class(page, "om-drawer"))).className


def test_every_word_for_the_browser_is_translated(services: Services) -> None:
    words = [
        json.loads(
            of_class(BrowsePage(services).layout(lang=lang), "om-app")[0].to_plotly_json()["props"][
                "data-strings"
            ]
        )
        for lang in LANGS
    ]
    zh, en = words
    assert set(zh) == set(en)
    assert all(zh[key] != en[key] for key in zh)
    assert zh["age_s"] == "{n} 秒前"


def test_real_data_carry_no_sample_tag(services: Services) -> None:
    services.atlas = type(services.atlas).of(services.atlas.layers, path=services.atlas.path)
    assert of_class(BrowsePage(services).layout(), "om-sample") == []


def test_a_link_to_a_component_opens_its_drawer(services: Services) -> None:
    page = BrowsePage(services).layout(sel=f"components:{COVERS[0]}")
    assert "井盖1" in texts(of_class(page, "om-card-head"))
    assert "从未上报" in texts(of_class(page, "om-readings"))
    assert texts(of_class(page, "om-crumbs")) == ["全区", "元和街道", "甲社区", "网格1"]


def test_a_link_to_what_is_not_there_says_so(services: Services) -> None:
    page = BrowsePage(services).layout(sel="grids:1")
    assert "未找到" in texts(of_class(page, "om-card-head"))


def test_alerts_are_ordered_worst_first_then_newest() -> None:
    found = ranked([alert(1, "blue", opened=9), alert(2, "red"), alert(3, "red", opened=5_000)])
    assert [each.id for each in found] == [3, 2, 1]
    assert [each.id for each in ranked([alert(1, "blue"), alert(2, "red")], ["blue"])] == [1]


def test_an_alert_says_what_where_and_since_when(services: Services, pen: Pen) -> None:
    show(services, alert(7, "red", opened=1_795_435_200_000))
    drawn = draw_alerts(services.context(), pen, (), stale=False)
    said = text(drawn)
    for part in ("红", "井盖1", "41.0", "°", "元和街道 网格1", "起"):
        assert part in said, part
    assert told(drawn, "data-om-ack") == ["7"]
    assert told(drawn, "data-om-since") == ["1795435200000"]
    assert told(drawn, "data-om-open") == [f"components:{COVERS[0]}"]
    english = Pen(Clock.at_now(translator("en")))
    assert "Cover tilted by 41.0" in text(draw_alerts(services.context("en"), english, (), False))


def test_an_acknowledged_alert_cannot_be_acknowledged_again(services: Services, pen: Pen) -> None:
    seen = Alert(
        **{name: getattr(alert(7, "red"), name) for name in Alert.__struct_fields__}
        | {"acknowledged_at": 2}
    )
    show(services, seen)
    drawn = draw_alerts(services.context(), pen, (), stale=False)
    assert "已确认" in texts(drawn)
    assert told(drawn, "data-om-ack") == []


def test_an_alert_of_a_component_that_left_the_map_is_listed(services: Services, pen: Pen) -> None:
    show(services, alert(1, "red", component="32050701002999999"))
    assert "32050701002999999" in texts(draw_alerts(services.context(), pen, (), False))


def test_an_empty_list_says_why(services: Services, pen: Pen) -> None:
    context = services.context()
    assert "尚未收到" in text(draw_alerts(context, pen, (), stale=False))
    assert "停止更新" in text(draw_alerts(context, pen, (), stale=True))
    show(services)
    assert "均在限值以内" in text(draw_alerts(services.context(), pen, (), stale=False))
    show(services, alert(1, "red"))
    assert "该等级没有" in text(draw_alerts(services.context(), pen, ["blue"], stale=False))


def test_the_filter_says_what_is_pressed(pen: Pen) -> None:
    pressed = told(draw_filter(["red"], pen), "aria-pressed")
    assert pressed == ["true", "false", "false", "false"]


def test_values_say_late_and_stamped(services: Services, pen: Pen) -> None:
    fresh = Sample(now(), 1.0, now())
    old = Sample(now() - 86_400_000, True, now(), stamped=True)
    show(services, alert(1, "red"), values={"tilt": fresh, "open": old})
    card = draw_selected(Ref("components", COVERS[0]), services.context(), pen)
    assert card is not None
    tilt, opened, *_rest = of_class(card.upper, "om-reading")
    assert "om-level--red" in str(tilt)  # the metric that alerts is first, with its shape
    assert "1.0" in texts(tilt)
    assert "is-old" not in tilt.className
    assert "is-old" in opened.className
    assert "".join(texts(opened)).endswith("迟报 · 按接收时间")


def test_the_list_behind_a_figure_of_the_strip(services: Services, pen: Pen) -> None:
    show(services)
    card = draw_selected(Ref("list", "online"), services.context(), pen)
    assert card is not None
    assert "1 个部件" in text(card.upper)
    assert told(card.upper, "data-om-goto") == [f"components:{COVERS[0]}"]
    rest = draw_selected(Ref("list", "unknown"), services.context(), pen)
    assert rest is not None
    assert "5 个部件" in text(rest.upper)
    nonsense = draw_selected(Ref("list", "sideways"), services.context(), pen)
    assert nonsense is not None
    assert "未找到" in text(nonsense.head)


@pytest.mark.parametrize("layer", sorted(all_layers()))
def test_every_layers_drawer_can_be_drawn(services: Services, pen: Pen, layer: str) -> None:
    for code in services.atlas.layers[layer].index[:2]:
        card = draw_selected(Ref(layer, str(code)), services.context(), pen)
        assert card is not None
        assert str(code) in texts(card.head)


def test_a_name_with_markup_is_text_everywhere(
    settings: Settings, services: Services, pen: Pen
) -> None:
    write_small(settings.geopackage, names={COVERS[0]: EVIL})
    services.atlas = type(services.atlas).open(settings.geopackage)
    show(services, alert(1, "red"))
    page = BrowsePage(services).layout(sel=f"components:{COVERS[0]}")
    assert EVIL in texts(page)
    found = Index.build(services.atlas, all_layers().values()).find("script")
    assert EVIL in texts(draw_found(found, "script", all_layers(), pen))
    for node in nodes(page):
        assert type(node).__name__ not in ("Markdown", "DangerouslySetInnerHTML", "Script")


def test_key_work_is_listed_or_said_to_be_missing(services: Services, pen: Pen) -> None:
    drawn = draw_projects(services.context(), pen)
    assert told(drawn, "data-om-goto") == ["key_projects:P001"]


def test_crumbs_of_nothing_are_the_district(services: Services) -> None:
    assert crumbs(services.atlas, None) == [("相城区", Ref("district", "320507"))]
    names = [name for name, _ref in crumbs(services.atlas, Ref("grids", GRIDS[2]))]
    assert names == ["相城区", "黄桥街道", "乙社区", "网格3"]


def test_search_that_finds_nothing_says_what_it_looks_at(pen: Pen) -> None:
    assert "拼音" in text(draw_found([], "xyz", {}, pen))
    assert draw_found([], "  ", {}, pen) == []


def test_flights(services: Services) -> None:
    assert flight(services.atlas, Ref("components", COVERS[0])) == {
        "lat": 31.405,
        "lon": 120.601,
        "zoom": 16,
    }
    bounds = flight(services.atlas, Ref("towns", "320507001"))
    assert bounds == {"bounds": [[31.40, 120.60], [31.41, 120.62]]}
    assert flight(services.atlas, Ref("towns", "nowhere")) is None


@pytest.mark.parametrize(
    ("zoom", "step"), [(8, 10), (10, 10), (10.5, 12), (13, 14), (16, 16), (19, 16)]
)
def test_areas_are_asked_for_in_the_detail_of_the_zoom(zoom: float, step: int) -> None:
    assert zoom_step(zoom) == step


def test_the_district_fits_at_zoom_11() -> None:
    assert fitting_zoom((120.42, 31.30, 120.85, 31.56)) == 11
    assert fitting_zoom((120.6, 31.4, 120.6, 31.4)) == 19


def test_a_layer_is_fetched_when_it_is_on_and_near_enough() -> None:
    grids = all_layers()["grids"]
    assert draw_layer(grids, on=False, zoom=14, version="1").url is None
    assert draw_layer(grids, on=True, zoom=grids.min_zoom - 1, version="1").url is None
    drawn = draw_layer(grids, on=True, zoom=14, version="1")
    assert drawn.url == layer_url(grids, 14, "1") == "/map/grids.geojson?z=14&v=1"


def test_a_store_that_holds_nonsense_selects_nothing() -> None:
    for data in (None, [], "x", {}, {"layer": "grids"}, {"code": "1"}, {"layer": "", "code": ""}):
        assert ref_of(data) is None
    assert ref_of({"layer": "grids", "code": 7, "n": 3}) == Ref("grids", "7")


def test_nothing_is_redrawn_for_nothing() -> None:
    drawn = Drawn.of(["a"], "b")
    assert drawn.unless(None) == (["a"], "b", drawn.digest)
    assert drawn.unless(drawn.digest) == (no_update, no_update, no_update)
    assert Drawn.of(["a"], "c").digest != drawn.digest


def test_a_list_is_drawn_once_for_all_who_look() -> None:
    kept, calls = Kept(), []

    def draw() -> Drawn:
        calls.append(1)
        return Drawn.of(len(calls))

    assert [kept.get("zh", 1, draw).parts for _ in range(3)] == [(1,)] * 3
    assert kept.get("en", 1, draw).parts == (2,)
    assert kept.get("zh", 2, draw).parts == (3,)
    held = Kept(hold_s=60)
    assert held.get("zh", 1, draw).parts == held.get("zh", 2, draw).parts == (4,)
    for n in range(1_000):
        kept.get(n, 1, draw)
    assert len(kept._drawn) <= 64


def test_the_lists_follow_the_alerts(services: Services) -> None:
    page = BrowsePage(services)
    show(services, alert(1, "red"))
    before = page.alerts((), "zh")
    assert page.alerts((), "zh") is before
    show(services, alert(1, "red"), alert(2, "blue", component=COVERS[1]))
    assert page.alerts((), "zh").digest != before.digest
    assert page.projects("zh").parts[1] == "0"


def test_charts_are_of_the_metrics_that_were_heard(services: Services, pen: Pen) -> None:
    def history(component: str) -> list[Any]:
        made = draw_history(component, services.context(), pen.clock, services.ledger, "dark")
        return asyncio.run(made)

    assert "24 小时内没有读数：倾斜角、打开、满水、电量" in text(history(COVERS[0]))
    assert history("nobody") == []
    with services.ledger.engine.begin() as connection:
        connection.execute(series.insert().values(id=1, component=COVERS[0], metric="tilt"))
        row = {"series_id": 1, "ts": now() - 1_000, "number": 4.5, "received": now()}
        connection.execute(readings.insert().values(row))
    drawn = history(COVERS[0])
    (chart,) = of_class(drawn, "om-chart")
    assert "倾斜角 (°)" in texts(chart)
    (graph,) = of_class(drawn, "om-chart-graph")
    assert graph.figure["data"][0]["y"] == [4.5]
    assert graph.config["displayModeBar"] is False
    assert "24 小时内没有读数：打开、满水、电量" in text(drawn)


def test_acknowledging_changes_the_store_and_the_picture(services: Services) -> None:
    opened = open_alert(services, COVERS[0])
    show(services, opened)
    page = BrowsePage(services)
    for nonsense in (None, {}, {"alert": "1"}, {"alert": 4711}):
        asyncio.run(page.acknowledge(nonsense))
    assert services.picture.alerts[opened.id].state == "open"
    asyncio.run(page.acknowledge({"alert": opened.id}))
    assert services.picture.alerts[opened.id].state == "acknowledged"
    kept = services.ledger.alert(opened.id)
    assert kept is not None
    assert kept.state == "acknowledged"


@pytest.mark.parametrize(
    ("search", "word"), [("", "没有这个页面"), ("?lang=en", "There is no such page")]
)
def test_an_unknown_path_says_so(search: str, word: str) -> None:
    assert word in texts(draw_path({}, "/nowhere", search))


def test_a_long_unknown_path_is_cut_and_stays_text() -> None:
    drawn = draw_missing("/" + EVIL + "x" * 500, {})
    assert EVIL in text(drawn)
    assert len(text(drawn)) < 200


def test_known_paths_get_the_query() -> None:
    given: dict[str, Any] = {}
    draw_path({"/": lambda **query: given.update(query)}, "/", "?lang=en&sel=a:b")
    assert given == {"lang": "en", "sel": "a:b"}
