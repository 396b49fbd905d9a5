"""The main job end to end: a gateway's reading, the open page, and back again."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pyogrio
import pytest

from tests.system.running import wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.system.running import Demo

pytestmark = [pytest.mark.browser, pytest.mark.system, pytest.mark.timeout(180)]

#: A cover that tilts by more than 30 degrees is red at once (iot/catalogue.toml).
COVER = "01003"
LEVEL_OF = "code => window.onemap.levelOf(code)"


@pytest.fixture
def page(browser: Browser, demo: Demo) -> Iterator[Page]:
    """The browse page, live. Any request to another host, and any error in its console, fails."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    opened = context.new_page()
    foreign: list[str] = []
    errors: list[str] = []
    opened.on(
        "request",
        lambda request: (
            foreign.append(request.url)
            if urlsplit(request.url).scheme in ("http", "https", "ws", "wss")
            and urlsplit(request.url).hostname != "127.0.0.1"
            else None
        ),
    )
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(demo.base)
    opened.locator("#map canvas").first.wait_for()
    opened.wait_for_function("() => window.onemap.stats().components > 0")
    opened.wait_for_function("() => !window.onemap.stats().stale")
    yield opened
    context.close()
    assert foreign == []
    assert errors == []


def red_rule(demo: Demo) -> dict[str, Any]:
    classes = {each["code"]: each for each in demo.get("/api/catalogue")["classes"]}
    rules = [
        rule
        for rule in classes[COVER]["rules"]
        if rule["kind"] == "threshold" and rule["level"] == "red" and rule["above"] is not None
    ]
    return dict(rules[0])


def alert_row(page: Page, name: str) -> Any:
    return page.locator("#om-alerts .om-item", has_text=name)


def test_reading_turns_its_component_red_and_back(demo: Demo, page: Page) -> None:
    rule = red_rule(demo)
    cover = demo.components(COVER)[0]["properties"]
    page.get_by_role("tab", name=re.compile("告警")).click()
    with demo.gateway("test-a") as gateway:
        gateway.publish(cover["code"], **{rule["metric"]: 1.0})
        wait_for("the component is heard of", lambda: _presence(demo, cover["code"]) == "online")
        assert page.evaluate(LEVEL_OF, cover["code"]) is None

        gateway.publish(cover["code"], **{rule["metric"]: rule["above"] + 10})
        page.wait_for_function(f"code => ({LEVEL_OF})(code) === 'red'", arg=cover["code"])
        alert_row(page, cover["name"]).first.wait_for(timeout=5_000)

        inside_hysteresis = rule["above"] - rule["hysteresis"] / 2
        gateway.publish(cover["code"], **{rule["metric"]: inside_hysteresis})
        page.wait_for_timeout(1_500)
        assert page.evaluate(LEVEL_OF, cover["code"]) == "red"

        gateway.publish(cover["code"], **{rule["metric"]: 1.0})
        page.wait_for_function(f"code => ({LEVEL_OF})(code) === null", arg=cover["code"])
        alert_row(page, cover["name"]).first.wait_for(state="detached", timeout=5_000)


def test_what_is_wrong_is_refused_by_name(demo: Demo) -> None:
    refused: list[dict[str, Any]] = []
    with demo.gateway("test-b") as gateway:
        gateway.client.on_message = lambda _client, _data, message: refused.append(
            json.loads(message.payload)
        )
        gateway.client.subscribe("onemap/v1/test-b/rejected", 1)
        time.sleep(0.5)
        for payload in (
            b"not json",
            b'{"values": {"tilt": 1}}',
            b'{"id": "1", "values": {"x": 1}}',
        ):
            gateway.client.publish("onemap/v1/test-b/readings", payload, qos=1)
        wait_for("three refusals", lambda: len(refused) >= 3)
    assert {each["reason"] for each in refused} == {"not_json", "missing_id", "unknown_component"}
    counted = r'onemap_rejected_total\{[^}]*reason="not_json"[^}]*\} [1-9]'
    wait_for("the refusal is counted", lambda: re.search(counted, _text(demo, "/metrics")))


def test_every_layer_opens_in_gdal(demo: Demo) -> None:
    collections = demo.get("/api/collections")["collections"]
    expected = {
        "district", "towns", "communities", "grids", "enforcement_areas", "key_projects",
        "party_sites", "service_points", "components", "water", "roads",
    }  # fmt: skip
    assert expected <= {each["id"] for each in collections}
    for layer in sorted(expected):
        matched = demo.get(f"/api/collections/{layer}/items?limit=1")["numberMatched"]
        frame = pyogrio.read_dataframe(f"OAPIF:{demo.base}/api", layer=layer)
        assert len(frame) == matched > 0, layer


@pytest.mark.parametrize("program", ["ingest", "web", "broker"])
def test_frozen_program_is_told_with_its_name_and_forgiven(
    demo: Demo, page: Page, program: str
) -> None:
    """A program that hangs looks alive from outside; the page must not be taken in."""
    os.kill(demo.pid(program), signal.SIGSTOP)
    try:
        page.wait_for_function("() => window.onemap.stats().stale", timeout=15_000)
        banner = page.locator(".om-banner")
        banner.wait_for(state="visible", timeout=2_000)
        assert banner.inner_text().strip()
    finally:
        os.kill(demo.pid(program), signal.SIGCONT)
    page.wait_for_function("() => !window.onemap.stats().stale", timeout=30_000)
    page.locator(".om-banner").wait_for(state="hidden", timeout=2_000)
    wait_for("all is well again", demo.healthy)


@pytest.mark.parametrize("program", ["ingest", "web", "broker"])
def test_killed_program_returns_without_a_reload(demo: Demo, page: Page, program: str) -> None:
    rule = red_rule(demo)
    cover = demo.components(COVER)[5]["properties"]
    page.evaluate("() => { window.sameDocument = true }")
    before = demo.pid(program)
    demo.kill(program)
    wait_for(f"{program} runs again", lambda: demo.pid(program) != before)
    wait_for("all is well again", demo.healthy, timeout=40)
    page.wait_for_function("() => !window.onemap.stats().stale", timeout=30_000)
    with demo.gateway(f"test-kill-{program}") as gateway:
        gateway.publish(cover["code"], **{rule["metric"]: rule["above"] + 5})
        page.wait_for_function(f"code => ({LEVEL_OF})(code) === 'red'", arg=cover["code"])
        gateway.publish(cover["code"], **{rule["metric"]: 0.0})
        page.wait_for_function(f"code => ({LEVEL_OF})(code) === null", arg=cover["code"])
    assert page.evaluate("() => window.sameDocument") is True
    assert f"{program} was killed by SIGKILL" in demo.log.read_text()


def test_alerts_and_latest_state_survive_a_restart_of_everything(demo: Demo) -> None:
    rule = red_rule(demo)
    cover = demo.components(COVER)[7]["properties"]
    code = cover["code"]
    with demo.gateway("test-d") as gateway:
        gateway.publish(code, **{rule["metric"]: rule["above"] + 7})
        wait_for("it is red", lambda: demo.get(f"/api/components/{code}")["level"] == "red")
    alert = _alert_of(demo, code)
    demo.post(f"/api/alerts/{alert['id']}/ack")
    demo.stop()
    seconds = demo.start()
    assert seconds <= 20, f"second start took {seconds:.1f} s"  # the bar of 10 s is in bench/
    after = demo.get(f"/api/components/{code}")
    assert after["level"] == "red"
    again = _alert_of(demo, code)
    assert (again["id"], again["state"]) == (alert["id"], "acknowledged")
    with demo.gateway("test-d") as gateway:
        gateway.publish(code, **{rule["metric"]: 0.0})
        wait_for("it is well", lambda: demo.get(f"/api/components/{code}")["level"] is None)
    assert demo.get("/api/alerts?state=all")["alerts"][0]["state"] == "cleared"


def _presence(demo: Demo, code: str) -> str:
    return str(demo.get(f"/api/components/{code}")["presence"])


def _alert_of(demo: Demo, code: str) -> dict[str, Any]:
    return next(
        alert
        for alert in demo.get("/api/alerts?state=open")["alerts"]
        if alert["component"] == code
    )


def _text(demo: Demo, path: str) -> str:
    with urlopen(demo.base + path, timeout=10) as answer:  # noqa: S310 - loopback
        return str(answer.read().decode())
