"""The live picture in a real browser: from the wire to pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.fake_server import CENTRE, FakeLive, Running, code_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    Serve = Callable[..., Running]
    Open = Callable[..., Page]

pytestmark = pytest.mark.browser

#: Colour of the alert canvas at a component, or transparent: [red, green, blue, alpha].
PIXEL = """(code) => {
  const { scene, alerts } = window.onemap.layer;
  const [x, y] = scene.place(scene.model.index.get(code));
  return [...alerts.context.getImageData(x, y, 1, 1).data];
}"""


def state(code: str, level: str | None, presence: str = "online") -> dict[str, Any]:
    """One component of a ``state`` event."""
    heard = "2026-07-01T08:00:00+08:00"
    return {"code": code, "level": level, "presence": presence, "heard_at": heard, "values": {}}


def centred(live: FakeLive, row: int = 0) -> str:
    """Put that component in the middle of the map; returns its code."""
    live.lat[row], live.lon[row] = CENTRE
    return code_of(row)


def level_is(page: Page, code: str, level: str | None) -> None:
    """Wait until the canvas has painted that level."""
    page.wait_for_function("([c, l]) => onemap.levelOf(c) === l", arg=[code, level], timeout=5000)


def test_snapshot_is_decoded_column_by_column(serve: Serve, open_page: Open) -> None:
    server = serve(301)  # odd: so that padding between columns matters
    server.live.level[7] = 3
    server.live.presence[8] = 0
    page = open_page(server.url)
    found = page.evaluate(
        """() => { const m = onemap.model; return {
          count: m.count, code: m.codes[300], lon: m.columns.lon[300], lat: m.columns.lat[300],
          level: m.level[7], presence: m.presence[8], never: Number.isNaN(m.heard[8]),
          town: m.header.towns[m.columns.town[300]], icon: m.classOf(300).icon } }"""
    )
    live = server.live
    assert found["count"] == 301
    assert found["code"] == code_of(300)
    assert (found["lon"], found["lat"]) == (live.lon[300], live.lat[300])
    assert (found["level"], found["presence"], found["never"]) == (3, 0, True)
    assert found["town"] == ("320507100" if live.lon[300] > CENTRE[1] else "320507001")
    assert found["icon"] == "cover"
    assert page.evaluate("onemap.levelOf(onemap.model.codes[7])") == "orange"


def test_a_truncated_or_foreign_snapshot_is_refused(serve: Serve, open_page: Open) -> None:
    page = open_page(serve().url)
    refused = page.evaluate(
        """async () => {
          const whole = await (await fetch("/api/live/snapshot")).arrayBuffer();
          const other = whole.slice(0); new Uint8Array(other)[0] = 88;
          return [whole.slice(0, whole.byteLength - 4000), other].map((bytes) => {
            try { onemap.decodeSnapshot(bytes); return "taken"; } catch (e) { return e.message; }
          });
        }"""
    )
    assert refused[0] != "taken"
    assert "OM01" in refused[1]


def test_a_change_is_painted_red_and_taken_back(serve: Serve, open_page: Open) -> None:
    server = serve()
    code = centred(server.live)
    page = open_page(server.url)
    before = page.evaluate("onemap.stats()")
    assert before["painted"] == before["components"] == 300
    assert page.evaluate("(c) => onemap.levelOf(c)", code) is None

    server.live.state(state(code, "red"))
    level_is(page, code, "red")
    after = page.evaluate("onemap.stats()")
    assert after["painted"] == before["painted"] + 1
    assert after["applied"] == before["applied"] + 1
    assert after["seq"] == server.live.seq
    red, green, blue, alpha = page.evaluate(PIXEL, code)
    assert red > 180, (red, green, blue)
    assert max(green, blue) < 120, (red, green, blue)
    assert alpha == 255

    server.live.state(state(code, None))
    level_is(page, code, None)
    assert page.evaluate(PIXEL, code) == [0, 0, 0, 0]


def test_red_lies_above_every_other_level(serve: Serve, open_page: Open) -> None:
    server = serve()
    red = centred(server.live, 0)
    for row, level in ((1, 1), (2, 3), (3, 2)):
        centred(server.live, row)
        server.live.level[row] = level
    server.live.level[0] = 4
    page = open_page(server.url)
    level_is(page, red, "red")
    pixel = page.evaluate(PIXEL, red)
    assert pixel[0] > 180
    assert pixel[1] < 120


def test_presence_changes_only_its_own_mark(serve: Serve, open_page: Open) -> None:
    """Taking one mark back leaves the buffer exactly as a whole drawing would."""
    server = serve(4000)
    page = open_page(server.url)
    words = ("late", "offline", "online")
    server.live.state(*(state(code_of(i), None, words[i % 3]) for i in range(400)))
    page.wait_for_function("onemap.stats().painted >= 4400")
    differing = page.evaluate(
        """() => { const { dots, scene } = onemap.layer; const before = dots.pixels.slice();
          dots.draw(scene); let shown = 0, different = 0;
          for (let i = 0; i < before.length; i++) {
            shown += dots.pixels[i] !== 0; different += before[i] !== dots.pixels[i]; }
          return [shown, different]; }"""
    )
    assert differing[0] > 4000
    # Where marks overlap their order may differ by a shade; nothing else may.
    assert differing[1] < 0.02 * differing[0]


def test_events_before_the_snapshot_are_not_applied_again(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    code = code_of(5)
    server.live.state(state(code, "blue"))
    level_is(page, code, "blue")
    applied = page.evaluate("onemap.stats().applied")
    live = server.live
    live._send(live.frame("state", {"components": [state(code, "red")]}))  # the same id again
    server.live.state(state(code_of(6), "yellow"))
    level_is(page, code_of(6), "yellow")
    assert page.evaluate("(c) => onemap.levelOf(c)", code) == "blue"
    assert page.evaluate("onemap.stats().applied") == applied + 1


def test_a_missed_event_is_noticed(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    fetched = server.live.snapshots
    server.live.level[9] = 4
    server.live.seq += 1  # an event nobody got; the next heartbeat names its number
    level_is(page, code_of(9), "red")
    assert server.live.snapshots == fetched + 1


def test_another_epoch_resynchronises_without_a_reload(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    page.evaluate("window.still_here = true")
    server.live.level[3] = 2
    server.live.restart("e2")
    level_is(page, code_of(3), "yellow")
    page.wait_for_function("!onemap.stats().stale")
    server.live.state(state(code_of(3), None))
    level_is(page, code_of(3), None)
    assert page.evaluate("window.still_here")
    assert page.evaluate("onemap.live.epoch") == "e2"


def test_a_new_atlas_brings_its_components(serve: Serve, open_page: Open) -> None:
    server = serve(300)
    page = open_page(server.url)
    live = server.live
    live.count, live.atlas = 200, "a2"
    live.level, live.presence = live.level[:200], live.presence[:200]
    live.lon, live.lat = live.lon[:200], live.lat[:200]
    page.wait_for_function("onemap.stats().components === 200", timeout=5000)


def test_the_banner_says_that_the_stream_stopped(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    page.wait_for_function("!onemap.stats().stale")
    assert not page.is_visible(".om-banner")
    age = page.evaluate("onemap.stats().age_s")
    assert 0.5 < age < 3

    server.live.stop_streams()
    page.wait_for_selector(".om-banner", state="visible", timeout=8000)
    page.wait_for_function("document.querySelector('.om-banner').innerText.includes('连接中断')")
    assert page.evaluate("onemap.stats().stale")
    assert page.evaluate("onemap.stats().age_s") > age
    assert "is-stale" in (page.get_attribute(".om-age", "class") or "")

    server.live.refuse = False  # the browser had given up: the page tries again by itself
    page.wait_for_selector(".om-banner", state="hidden", timeout=12_000)
    assert not page.evaluate("onemap.stats().stale")


def test_the_server_says_that_it_is_stale(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    since = "2026-07-01T08:00:00+00:00"
    server.live.beat = {"stale": True, "cause": "broker", "stale_since": since}
    page.wait_for_selector(".om-banner", state="visible", timeout=5000)
    page.wait_for_function(
        "document.querySelector('.om-banner').innerText.includes('消息服务中断')"
    )
    server.live.beat = {}
    page.wait_for_selector(".om-banner", state="hidden", timeout=5000)


def test_a_hidden_tab_closes_its_stream_and_catches_up(serve: Serve, open_page: Open) -> None:
    server = serve()
    page = open_page(server.url)
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
      document.dispatchEvent(new Event("visibilitychange")); }"""
    page.evaluate(hide, True)
    _until(page, lambda: server.live.open_streams == 0)
    server.live.level[4] = 4
    server.live.seq += 1
    page.evaluate(hide, False)
    level_is(page, code_of(4), "red")
    assert server.live.connections == 2
    page.wait_for_function("!onemap.stats().stale")


def _until(page: Page, done: Callable[[], bool]) -> None:
    for _ in range(100):
        if done():
            return
        page.wait_for_timeout(50)
    raise AssertionError("it did not come to that")
