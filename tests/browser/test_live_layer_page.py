"""What a person does with the map: click, hover, links, keyboard, themes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.fake_server import CENTRE, Running, code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Serve = Callable[..., Running]
    Open = Callable[..., Page]

pytestmark = pytest.mark.browser

#: Where a component is on the page, CSS pixels.
WHERE = """(code) => {
  const m = onemap.model, i = m.index.get(code), map = onemap.map;
  const p = map.latLngToContainerPoint([m.columns.lat[i], m.columns.lon[i]]);
  const box = map.getContainer().getBoundingClientRect();
  return [p.x + box.x, p.y + box.y]; }"""
STORED = "(id) => dash_component_api.getLayout(id)?.props?.data"


def stored(page: Page, store: str) -> Any:
    """What Dash holds in a ``dcc.Store``."""
    return page.evaluate(STORED, store)


def test_a_click_on_a_component_reaches_dash_and_the_address(serve: Serve, open_page: Open) -> None:
    server = serve()
    server.live.lat[0], server.live.lon[0] = CENTRE[0] - 0.02, CENTRE[1] + 0.02
    server.live.level[0] = 4
    page = open_page(server.url + "?lang=zh&layers=grids")
    page.mouse.click(*page.evaluate(WHERE, code_of(0)))
    page.wait_for_function(f"({STORED})('om-selected')?.code", timeout=3000)
    data = stored(page, "om-selected")
    assert (data["layer"], data["code"]) == ("components", code_of(0))
    assert f"sel=components:{code_of(0)}" in page.url
    assert "lang=zh&layers=grids" in page.url

    page.keyboard.press("Escape")
    page.wait_for_function(f"({STORED})('om-selected') === null")
    assert "sel=" not in page.url


def test_a_click_beside_components_selects_the_area(serve: Serve, open_page: Open) -> None:
    server = serve(1)
    server.live.lat[0] = CENTRE[0] + 0.09
    page = open_page(server.url)
    page.wait_for_selector(".om-area-pane.is-active path.om-area--towns", state="attached")
    box = page.locator("#map").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 - 60, box["y"] + box["height"] / 2 + 80)
    page.wait_for_function(f"({STORED})('om-selected')?.layer === 'towns'", timeout=3000)
    assert stored(page, "om-selected")["code"] == "320507001"
    assert page.locator("path.om-area--towns.is-selected").count() == 1


def test_areas_take_the_worst_level_of_their_components(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    page.wait_for_selector("path.om-area--towns", state="attached")
    west = [i for i in range(300) if server.live.lon[i] <= CENTRE[1]][:2]
    change = {"presence": "online", "values": {}}
    server.live.state(
        {"code": code_of(west[0]), "level": "yellow", **change},
        {"code": code_of(west[1]), "level": "red", **change},
    )
    page.wait_for_selector("path.om-live--red", state="attached", timeout=3000)
    assert page.evaluate("onemap.model.stateOf('towns', '320507001')") == "red"
    assert page.locator("path.om-area--towns.om-live--red").count() == 1
    server.live.state({"code": code_of(west[1]), "level": None, **change})
    page.wait_for_selector("path.om-live--yellow", state="attached", timeout=3000)
    assert page.locator("path.om-live--red").count() == 0


def test_an_area_of_which_nothing_is_heard_does_not_look_calm(
    serve: Serve, open_page: Open
) -> None:
    server = serve()
    west = [i for i in range(300) if server.live.lon[i] <= CENTRE[1]]
    server.live.presence[west] = 3
    page = open_page(server.url)
    page.wait_for_selector("path.om-live--unknown", state="attached", timeout=3000)
    assert page.locator("path.om-area--towns.om-live--unknown").count() == 1
    heard = {"level": None, "presence": "online", "values": {}}
    server.live.state({"code": code_of(west[0]), **heard})
    page.wait_for_selector("path.om-live--unknown", state="detached", timeout=3000)
    server.live.state({"code": code_of(west[0]), **heard, "presence": "unknown"})
    page.wait_for_selector("path.om-live--unknown", state="attached", timeout=3000)
    server.live.state({"code": code_of(west[1]), **heard, "presence": "offline", "level": "red"})
    page.wait_for_selector("path.om-live--red", state="attached", timeout=3000)
    assert page.locator("path.om-live--unknown").count() == 0


def test_names_that_look_like_markup_stay_text(serve: Serve, open_page: Open) -> None:
    server = serve()
    code = code_of(0)
    server.live.lat[0], server.live.lon[0] = CENTRE[0] - 0.02, CENTRE[1] + 0.02
    server.live.level[0] = 4
    server.live.names[code] = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>"
    page = open_page(server.url)
    page.mouse.move(*page.evaluate(WHERE, code))
    page.wait_for_function("document.querySelector('.om-tip strong').textContent.includes('<img')")
    place = page.locator(".om-place").bounding_box()
    assert place is not None
    page.mouse.move(place["x"] + 13, place["y"] + 13)
    page.wait_for_selector(".om-tip-place")
    assert "<img src=x" in page.inner_text(".om-tip-place")
    page.wait_for_timeout(200)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".om-tip img, .om-tip-place img, .om-tip script").count() == 0


def test_the_address_holds_view_and_selection(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url + f"?sel=components:{code_of(2)}")
    assert page.evaluate("onemap.selected.code") == code_of(2)
    assert page.evaluate("onemap.layer.scene.selected") == 2
    page.evaluate("onemap.map.setView([31.41, 120.61], 13, { animate: false })")
    page.wait_for_function("location.search.includes('at=31.41000,120.61000,13')")
    assert f"sel=components:{code_of(2)}" in page.url


def test_data_never_moves_the_map(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    look = "JSON.stringify([onemap.map.getCenter(), onemap.map.getZoom()])"
    before = page.evaluate(look)
    red = {"level": "red", "presence": "online", "values": {}}
    server.live.state(*({"code": code_of(i), **red} for i in range(50)))
    alert = {"id": 1, "component": code_of(0), "rule": "r", "level": "red", "state": "open"}
    server.live.publish("alert", {"alerts": [alert]})
    page.wait_for_function("document.documentElement.classList.contains('om-flash')")
    page.wait_for_function("onemap.stats().painted >= 350")
    assert page.evaluate(look) == before


def test_dash_hears_of_changes_at_most_once_a_second(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    page.evaluate("onemap.select('components', onemap.model.codes[0])")
    page.wait_for_timeout(1500)
    first = stored(page, "om-pulse")
    for i in range(20):
        level = "red" if i % 2 else None
        server.live.state(
            {"code": code_of(0), "level": level, "presence": "online", "values": {}},
        )
        page.wait_for_timeout(50)
    page.wait_for_timeout(1200)
    pulses = stored(page, "om-pulse")["selected"] - first["selected"]
    assert 1 <= pulses <= 3
    assert stored(page, "om-pulse")["alerts"] == first["alerts"]


PULSES = """() => { window.told = []; const tell = dash_clientside.set_props;
  dash_clientside.set_props = (id, props) => {
    if (id === "om-pulse") told.push([performance.now(), props.data.alerts]);
    return tell(id, props); }; }"""


def test_an_alert_is_told_at_once_also_beside_a_busy_selection(
    serve: Serve, open_page: Open
) -> None:
    server = serve()
    page = open_page(server.url)
    page.wait_for_function(f"({STORED})('om-pulse')?.alerts > 0")
    page.wait_for_timeout(1200)
    page.evaluate("onemap.highlight('towns', '320507001')")
    page.evaluate(PULSES)
    waited = page.evaluate(
        """() => new Promise((done) => {
          onemap.emit("changed", { indices: [0, 1, 2] });
          setTimeout(() => {
            onemap.emit("changed", { indices: [0, 1, 2] });
            const began = performance.now(), known = told.at(-1)[1];
            onemap.emit("alerts", { alerts: [] });
            setTimeout(() => done(told.find(([, n]) => n > known)?.[0] - began), 600);
          }, 300);
        })"""
    )
    assert waited < 200, waited


def test_only_unacknowledged_reds_pulse(serve: Serve, open_page: Open) -> None:
    server = serve()
    code = code_of(0)
    server.live.lat[0], server.live.lon[0] = CENTRE
    server.live.level[0] = 4
    page = open_page(server.url)
    page.wait_for_function("onemap.layer.pulseTimer > 0")
    alert = {"id": 1, "component": code, "rule": "r", "level": "red", "state": "acknowledged"}
    server.live.publish("alert", {"alerts": [alert]})
    page.wait_for_function("(c) => onemap.layer.acknowledged.has(c)", arg=code)
    page.wait_for_timeout(300)
    frames = "() => { const a = onemap.layer.alerts; return a.drawings }"
    before = page.evaluate(frames)
    page.wait_for_timeout(500)
    assert page.evaluate(frames) == before


def test_reduced_motion_is_obeyed(serve: Serve, open_page: Open) -> None:
    server = serve()
    server.live.level[0] = 4
    server.live.lat[0], server.live.lon[0] = CENTRE
    page = open_page(server.url, reduced_motion="reduce")
    page.wait_for_function("onemap.layer.alerts.drawings > 0")
    page.wait_for_timeout(300)
    before = page.evaluate("onemap.layer.alerts.drawings")
    page.wait_for_timeout(500)
    assert page.evaluate("onemap.layer.alerts.drawings") == before


def test_theme_switches_marks_and_mantine_together(serve: Serve, open_page: Open) -> None:
    page = open_page(serve().url)
    ground = "getComputedStyle(document.querySelector('#map')).backgroundColor"
    assert page.evaluate(ground) == "rgb(8, 14, 25)"
    page.evaluate("onemap.theme.toggle()")
    assert page.evaluate(ground) == "rgb(245, 247, 250)"
    assert page.evaluate("document.documentElement.dataset.mantineColorScheme") == "light"
    page.wait_for_function("onemap.layer.scene.sprites.colors.dot === '#8ca0bc'")
    page.reload()
    page.wait_for_function("window.onemap?.layer?.scene?.view")
    assert page.evaluate(ground) == "rgb(245, 247, 250)"


def test_keys_reach_the_search_and_the_panel(serve: Serve, open_page: Open) -> None:
    page = open_page(serve().url)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("l/")
    assert page.input_value("#search") == "l/"
    assert page.locator(".om-app.is-left-closed").count() == 0
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    assert page.locator(".om-app.is-left-closed").count() == 1


def test_layers_are_hidden_and_faded_in_place(serve: Serve, open_page: Open) -> None:
    server = serve()
    server.live.lat[0], server.live.lon[0] = CENTRE
    server.live.level[0] = 4
    page = open_page(server.url)
    page.evaluate("onemap.layers.show('components', false)")
    page.mouse.click(*page.evaluate(WHERE, code_of(0)))
    page.wait_for_timeout(100)
    assert page.evaluate("onemap.selected?.layer") != "components"
    assert page.evaluate("onemap.map.getPane('om-alerts').style.display") == "none"
    page.evaluate("onemap.layers.show('components', true); onemap.layers.opacity('towns', 0.4)")
    assert page.evaluate("onemap.map.getPane('om-alerts').style.display") == ""
    assert page.evaluate("onemap.map.getPane('om-towns').style.opacity") == "0.4"
