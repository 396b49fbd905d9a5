"""The browse page in a real Chromium, served by the real web program on a small district."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.app import conftest as web_program
from tests.app.conftest import now, open_alert, wait_until
from tests.app.small import COVERS, GRIDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

    from iot.alerts import Alert
    from tests.app.conftest import FakeIngest, Running

# The fixtures of the web program's own tests, known here by their names.
broker_port = web_program.broker_port
small_data = web_program.small_data
settings = web_program.settings
live = web_program.live
ingest = web_program.ingest

pytestmark = [pytest.mark.browser, pytest.mark.timeout(90)]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address with the server's own security policy in force.

    Any script error, any violation of the policy and any request to another host fails.
    """
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def start(url: str, **options: Any) -> Page:
        context = browser.new_context(**({"viewport": {"width": 1920, "height": 1080}} | options))
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: troubles.append(f"script: {error}"))
        page.on("console", lambda said: _listen(said, troubles))
        page.on("request", lambda request: _watch(request.url, troubles))
        page.goto(url)
        wait_until("the components are there", lambda: page.evaluate(READY))
        return page

    yield start
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


READY = "() => Boolean(window.onemap?.layer?.scene?.view) && onemap.stats().components > 0"


def _listen(said: ConsoleMessage, troubles: list[str]) -> None:
    if said.type == "error":
        troubles.append(f"console: {said.text}")


def _watch(url: str, troubles: list[str]) -> None:
    if not url.startswith(("http://127.0.0.1:", "data:", "blob:")):
        troubles.append(f"request to another host: {url}")


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query, keep_blank_values=True)


def tell(ingest: FakeIngest, *alerts: Alert) -> None:
    """As ingest: this changed, and I am well."""
    ingest.delta(alerts=list(alerts))
    ingest.heartbeat()


def test_search_by_pinyin_opens_and_flies(live: Running, open_page: Callable[..., Page]) -> None:
    page = open_page(live.base)
    page.get_by_placeholder(re.compile("搜索")).fill("wg3")
    page.locator(".om-results .om-item").first.click()
    expect(page.locator(".om-drawer h2")).to_have_text("网格3")
    expect(page.locator(".om-crumbs")).to_contain_text("黄桥街道")
    wait_until("the address names it", lambda: query(page).get("sel") == [f"grids:{GRIDS[2]}"])
    wait_until("the map is there", lambda: _lon(page) > 120.62)
    page.get_by_role("button", name="关闭").click()
    expect(page.locator(".om-drawer")).to_be_hidden()
    assert "sel" not in query(page)


def _lon(page: Page) -> float:
    page.wait_for_timeout(50)
    return float(query(page).get("at", ["0,0,0"])[0].split(",")[1])


def test_an_alert_comes_and_is_acknowledged(
    live: Running, ingest: FakeIngest, open_page: Callable[..., Page]
) -> None:
    page = open_page(live.base)
    page.get_by_role("tab", name="告警").click()
    opened = open_alert(live.services, COVERS[0])
    tell(ingest, opened)
    row = page.locator("#om-alerts .om-item", has_text="井盖1")
    expect(row).to_contain_text("井盖倾斜 41.0°")
    expect(page.locator('[data-om-count="red"]').first).to_have_text("1")
    row.get_by_role("button", name="确认").click()
    expect(row).to_contain_text("已确认")
    kept = live.services.ledger.alert(opened.id)
    assert kept is not None
    assert kept.state == "acknowledged"


def test_a_list_takes_in_what_happens_while_its_tab_is_closed(
    live: Running, ingest: FakeIngest, open_page: Callable[..., Page]
) -> None:
    tell(ingest, open_alert(live.services, COVERS[0]))
    page = open_page(live.base)
    expect(page.locator('[data-om-count="red"]').first).to_have_text("1")
    page.wait_for_timeout(2_000)  # the lists have heard of it by now, or never will
    page.get_by_role("tab", name="告警").click()
    expect(page.locator("#om-alerts .om-item", has_text="井盖1")).to_be_visible()
    expect(page.locator("#om-filter")).to_contain_text("红")


def test_lists_are_left_alone_while_nothing_changes(
    live: Running, ingest: FakeIngest, open_page: Callable[..., Page]
) -> None:
    page = open_page(live.base)
    page.get_by_role("tab", name="告警").click()
    tell(ingest, open_alert(live.services, COVERS[0], at=now() - 5_000))
    row = page.locator("#om-alerts .om-item")
    expect(row).to_contain_text("已")
    before = row.locator("[data-om-since]").inner_text()
    element = row.element_handle()
    assert element is not None
    page.evaluate("() => onemap.emit('alerts', {alerts: []})")
    page.wait_for_timeout(2_500)
    assert element.evaluate("element => element.isConnected")
    assert row.locator("[data-om-since]").inner_text() != before


def test_a_figure_of_the_strip_opens_its_list(
    live: Running, ingest: FakeIngest, open_page: Callable[..., Page]
) -> None:
    page = open_page(live.base)
    tell(ingest, open_alert(live.services, COVERS[0]))
    page.locator(".om-strip [data-count=orange]").click()
    expect(page.locator("#om-alerts")).to_contain_text("该等级没有")
    page.locator(".om-strip [data-count=red]").click()
    expect(page.locator("#om-alerts .om-item")).to_have_count(1)
    page.locator(".om-strip [data-count=unknown]").click()
    expect(page.locator(".om-drawer .om-item").first).to_contain_text("井盖")


def test_the_other_language_keeps_the_view(live: Running, open_page: Callable[..., Page]) -> None:
    page = open_page(
        f"{live.base}/?sel=grids:{GRIDS[0]}&at=31.405,120.605,15&layers=grids,components"
    )
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    page.get_by_role("button", name="English").click()
    expect(page.locator(".om-tabs")).to_contain_text("Key work")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".om-drawer h2")).to_have_text("网格1")
    now_at = query(page)
    assert now_at["lang"] == ["en"]
    assert now_at["layers"] == ["grids,components"]
    assert now_at["at"][0].startswith("31.40")
    assert page.locator("[role=switch]:checked, .om-layer-row input:checked").count() == 2


def test_layer_switches_stand_in_the_address(live: Running, open_page: Callable[..., Page]) -> None:
    page = open_page(live.base)
    assert "layers" not in query(page)
    page.get_by_label("显示执法片区图层").check(force=True)
    wait_until("the address says so", lambda: "enforcement_areas" in _layers(page))
    page.wait_for_selector(".leaflet-om-enforcement_areas-pane path", state="attached")
    page.get_by_label("显示网格图层").uncheck(force=True)
    wait_until("grids are off", lambda: "grids" not in _layers(page))
    page.reload()
    page.wait_for_selector(".om-layer-row")
    assert not page.get_by_label("显示网格图层").is_checked()
    assert page.get_by_label("显示执法片区图层").is_checked()


def _layers(page: Page) -> list[str]:
    page.wait_for_timeout(50)
    return query(page).get("layers", [""])[0].split(",")


def test_a_phone_has_a_sheet(live: Running, open_page: Callable[..., Page]) -> None:
    page = open_page(live.base, viewport={"width": 390, "height": 844}, has_touch=True)
    panel = page.locator(".om-left")
    page.get_by_role("tab", name="重点工作").tap()
    expect(panel).to_have_class(re.compile("is-open"))
    page.locator("#om-projects .om-item").first.tap()
    expect(page.locator(".om-drawer h2")).to_have_text("地铁口改造")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


ABOVE = """() => { const m = onemap.model, i = m.index.get(onemap.selected.code);
  const at = onemap.map.latLngToContainerPoint([m.columns.lat[i], m.columns.lon[i]]);
  return at.y > 60 && at.y < document.querySelector(".om-drawer").getBoundingClientRect().top; }"""


def test_on_a_phone_the_drawer_does_not_cover_what_a_link_selects(
    live: Running, open_page: Callable[..., Page]
) -> None:
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True}
    page = open_page(f"{live.base}/?sel=components:{COVERS[0]}", **phone)
    expect(page.locator(".om-drawer h2")).to_have_text("井盖1")
    wait_until("it lies above the drawer", lambda: page.evaluate(ABOVE))
    assert page.locator(".om-strip [data-count=red]").bounding_box()["x"] >= 0  # type: ignore[index]


GRIDS_DRAWN = "() => onemap.areas.drawn.get('grids')?.size"


def test_a_new_zoom_leaves_the_old_areas_until_the_new_have_come(
    live: Running, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{live.base}/?at=31.405,120.62,13")
    wait_until("the grids are there", lambda: page.evaluate(GRIDS_DRAWN) == 4)
    held: list[Any] = []
    page.route("**/map/grids.geojson?z=16*", lambda route: held.append(route))
    page.evaluate("() => { onemap.map.setZoom(16); }")
    wait_until("the finer ones are asked for", lambda: page.wait_for_timeout(50) or held)
    page.wait_for_timeout(300)
    assert page.evaluate(GRIDS_DRAWN) == 4
    held[0].continue_()
    page.wait_for_timeout(300)
    assert page.evaluate(GRIDS_DRAWN) == 4


def test_the_keyboard_reaches_search_tabs_and_rows(
    live: Running, open_page: Callable[..., Page]
) -> None:
    page = open_page(live.base)
    page.keyboard.press("/")
    page.keyboard.type("yhjd")
    expect(page.locator(".om-results .om-item").first).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".om-drawer h2")).to_have_text("元和街道")
    page.keyboard.press("Escape")
    expect(page.locator(".om-drawer")).to_be_hidden()


def test_an_unknown_address(live: Running, open_page: Callable[..., Page]) -> None:
    page = open_page(live.base)
    page.goto(f"{live.base}/nirgends")
    expect(page.locator("h1")).to_have_text("没有这个页面")
    page.get_by_role("link", name="返回地图").click()
    expect(page.locator(".om-app")).to_be_visible()
