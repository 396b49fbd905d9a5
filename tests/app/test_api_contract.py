"""The API's endpoints, asked over HTTP: what they give, and what they say when asked wrongly."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert

from app.clock import iso, parse_moment
from iot.levels import Level
from iot.live import ComponentDelta, Delta, GatewayState, Sample
from iot.presence import Presence
from iot.tables import readings, series
from tests.app.conftest import clear_alert, now, open_alert, wait_until
from tests.app.small import AREAS, COVER, COVERS, GRIDS, STRANGER, TOWNS

if TYPE_CHECKING:
    from tests.app.conftest import Running

JSON = {"Content-Type": "application/json"}


def post(running: Running, path: str, **headers: str) -> Any:
    import httpx

    return httpx.post(running.base + path, headers={**JSON, **headers}, content=b"{}", timeout=10)


def refused(answer: Any, status: int, code: str) -> str:
    """The sentence of a refusal in the one form."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error", "detail"}
    assert body["error"] == code
    return str(body["detail"])


def hear(running: Running, *parts: ComponentDelta, **more: Any) -> None:
    """Ingest tells something, without a broker in between."""
    feed = running.services.feed
    delta = Delta("i", 1, now(), components=list(parts), **more)
    assert feed._loop is not None
    feed._loop.call_soon_threadsafe(feed.take_delta, delta)
    code = parts[0].code
    wait_until("it is heard", lambda: feed.picture.state(code).values or more)


def test_component_tells_the_whole_chain(running: Running) -> None:
    moment = now() - 2_000
    alert = open_alert(running.services, COVERS[0])
    hear(
        running,
        ComponentDelta(COVERS[0], {"tilt": Sample(moment, 41.0, moment + 5)}, 1, moment),
        alerts=[alert],
        gateways=[GatewayState("gw-east", Presence.ONLINE, moment, moment)],
    )
    body = running.get(f"/api/components/{COVERS[0]}").json()
    for name, value in {
        "code": COVERS[0],
        "name": "井盖1",
        "class_code": COVER,
        "gateway": "gw-east",
        "town": TOWNS[0],
        "grid": GRIDS[0],
        "enforcement_area": AREAS[0],
        "presence": "online",
        "level": "red",
        "heard_at": iso(moment),
        "cases": [],
    }.items():
        assert body[name] == value, name
    assert body["geometry"]["coordinates"] == pytest.approx([120.601, 31.405])
    assert body["class"]["name_zh"] == "污水井盖"
    tilt = body["values"][0]
    assert (tilt["metric"], tilt["unit"], tilt["value"], tilt["ts"]) == (
        "tilt",
        "°",
        41.0,
        iso(moment),
    )
    assert 2 <= tilt["age_s"] < 30
    never = next(each for each in body["values"] if each["metric"] == "battery")
    assert (never["value"], never["ts"], never["age_s"]) == (None, None, None)
    chain = {link["role"]: link for link in body["chain"]}
    assert list(chain) == ["grid", "leader_and_secretary", "enforcement_area", "agency"]
    assert chain["leader_and_secretary"]["name"] == "张三"
    assert chain["enforcement_area"]["leader"] == "钱七"
    assert (chain["agency"]["name"], chain["agency"]["phone"]) == ("建设管理局", "0512-1")
    assert [each["id"] for each in body["alerts"]] == [alert.id]
    assert body["gateway_state"]["presence"] == "online"
    assert [each["code"] for each in body["nearby"]["key_projects"]] == ["P001"]
    assert body["nearby"]["party_sites"][0]["distance_m"] == pytest.approx(47.6, abs=2)


def test_component_never_heard_is_unknown_and_none(steady: Running) -> None:
    body = steady.get(f"/api/components/{STRANGER}").json()
    assert (body["presence"], body["level"], body["heard_at"]) == ("unknown", None, None)
    assert (body["class"], body["gateway"], body["values"]) == (None, None, [])


def test_component_that_is_not_there(steady: Running) -> None:
    assert "12345" in refused(steady.get("/api/components/12345"), 404, "not_found")


@pytest.fixture
def history(running: Running) -> int:
    """Three readings a minute apart, the first at the moment that is returned (epoch ms)."""
    start = now() - 3_600_000
    with running.services.ledger.engine.begin() as connection:
        connection.execute(insert(series).values(id=1, component=COVERS[0], metric="tilt"))
        rows = [
            {"series_id": 1, "ts": start + n * 60_000, "number": float(n), "received": start + n}
            for n in range(3)
        ]
        connection.execute(insert(readings), rows)
    return start


def ask_readings(running: Running, **query: Any) -> Any:
    return running.get(f"/api/components/{COVERS[0]}/readings", params={"metric": "tilt", **query})


def test_readings_of_the_last_day_by_event_time(running: Running, history: int) -> None:
    body = ask_readings(running).json()
    assert [each["value"] for each in body["readings"]] == [0.0, 1.0, 2.0]
    assert body["readings"][0] == {"ts": iso(history), "value": 0.0, "received": iso(history)}
    assert body["truncated"] is False


def test_readings_of_a_span_in_every_form_of_time(running: Running, history: int) -> None:
    middle = history + 60_000
    local = datetime.fromtimestamp(middle / 1000, UTC).isoformat()
    for form in (str(middle), iso(middle), local, local.replace("+00:00", " 00:00")):
        body = ask_readings(running, **{"from": form, "to": form}).json()
        assert [each["value"] for each in body["readings"]] == [1.0], form


@pytest.mark.parametrize(
    ("query", "culprit"),
    [
        ({"from": "yesterday"}, "'from'"),
        ({"to": "2026-01-01T00:00:00"}, "no zone"),
        ({"from": "9" * 30}, "'from'"),
        ({"from": "2026-01-02T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "after"),
        ({"metric": "colour"}, "tilt"),
        ({"metric": None}, "metric"),
    ],
)
def test_readings_asked_wrongly(steady: Running, query: dict[str, Any], culprit: str) -> None:
    asked = {"metric": "tilt", **query}
    params = {name: value for name, value in asked.items() if value is not None}
    answer = steady.get(f"/api/components/{COVERS[0]}/readings", params=params)
    assert culprit in refused(answer, 400, "bad_request")


def test_alerts_newest_first_in_pages(running: Running) -> None:
    moment = now()
    opened = [open_alert(running.services, code, at=moment + n) for n, code in enumerate(COVERS)]
    found: list[int] = []
    path = "/api/alerts?state=open&limit=2"
    pages = 0
    while path:
        page = running.get(path).json()
        found += [each["id"] for each in page["alerts"]]
        path = page["next"]
        pages += 1
    assert found == [alert.id for alert in reversed(opened)]
    assert pages == 3


def test_alert_has_the_form_of_the_contract(running: Running) -> None:
    alert = open_alert(running.services, COVERS[0])
    (shown,) = running.get("/api/alerts").json()["alerts"]
    assert shown == {
        "id": alert.id,
        "component": COVERS[0],
        "name": "井盖1",
        "class_code": COVER,
        "town": TOWNS[0],
        "rule": "01002.tilt",
        "level": "red",
        "state": "open",
        "text": "井盖倾斜",
        "text_zh": "井盖倾斜",
        "text_en": shown["text_en"],
        "value": 41.0,
        "opened_at": iso(alert.opened_at),
        "acknowledged_at": None,
        "cleared_at": None,
        "revision": 1,
    }


def test_alerts_by_state_level_and_area(running: Running) -> None:
    services = running.services
    open_alert(services, COVERS[0], Level.RED)
    open_alert(services, COVERS[2], Level.BLUE)
    open_alert(services, COVERS[4], Level.ORANGE)
    clear_alert(services, COVERS[4])

    def components(query: str) -> set[str]:
        return {each["component"] for each in running.get(f"/api/alerts?{query}").json()["alerts"]}

    assert components("state=open") == {COVERS[0], COVERS[2]}
    assert components("state=all") == {COVERS[0], COVERS[2], COVERS[4]}
    assert components("level=red") == {COVERS[0]}
    assert components("level=red,blue") == components("level=red&level=blue")
    assert components("level=red,blue") == {COVERS[0], COVERS[2]}
    assert components(f"area={TOWNS[0]}") == {COVERS[0], COVERS[2]}
    assert components(f"area={TOWNS[1]}&state=all") == {COVERS[4]}
    assert components(f"area={GRIDS[0]}") == {COVERS[0]}
    assert components(f"area={AREAS[0]}") == {COVERS[0], COVERS[2]}
    assert components("area=320507") == {COVERS[0], COVERS[2]}
    assert components(f"component={COVERS[0]}&area={TOWNS[1]}") == set()


@pytest.mark.parametrize(
    ("query", "culprit"),
    [
        ("level=purple", "red, orange, yellow or blue"),
        ("state=closed", "state"),
        ("area=999", "999"),
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("cursor=1", "cursor"),
        ("cursor=1-x", "cursor"),
    ],
)
def test_alerts_asked_wrongly(steady: Running, query: str, culprit: str) -> None:
    assert culprit in refused(steady.get(f"/api/alerts?{query}"), 400, "bad_request")


def test_acknowledge_once_and_again(running: Running) -> None:
    alert = open_alert(running.services, COVERS[0])
    first = post(running, f"/api/alerts/{alert.id}/ack").json()
    assert first["state"] == "acknowledged"
    assert first["acknowledged_at"] is not None
    assert post(running, f"/api/alerts/{alert.id}/ack").json() == first
    known = running.services.picture.alerts[alert.id]
    assert known.state == "acknowledged"
    stored = running.services.ledger.alert(alert.id)
    assert stored is not None
    assert iso(stored.acknowledged_at or 0) == first["acknowledged_at"]


def test_acknowledge_what_is_over_or_unknown(running: Running) -> None:
    alert = open_alert(running.services, COVERS[0])
    clear_alert(running.services, COVERS[0])
    refused(post(running, f"/api/alerts/{alert.id}/ack"), 409, "conflict")
    refused(post(running, "/api/alerts/999999/ack"), 404, "not_found")
    refused(post(running, "/api/alerts/first/ack"), 400, "bad_request")
    refused(post(running, f"/api/alerts/{2**80}/ack"), 400, "bad_request")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403, "forbidden"),
        ({"Sec-Fetch-Site": "same-site"}, 403, "forbidden"),
        ({"Origin": "http://evil.example"}, 403, "forbidden"),
        ({"Origin": "null"}, 403, "forbidden"),
        ({"Content-Type": "text/plain"}, 415, "wrong_media_type"),
        ({"Content-Type": "application/x-www-form-urlencoded"}, 415, "wrong_media_type"),
    ],
)
def test_another_sites_page_cannot_acknowledge(
    steady: Running, headers: dict[str, str], status: int, code: str
) -> None:
    refused(post(steady, "/api/alerts/1/ack", **headers), status, code)


def test_what_another_sites_page_wanted_is_not_done(running: Running) -> None:
    alert = open_alert(running.services, COVERS[0])
    assert post(running, f"/api/alerts/{alert.id}/ack", Origin="null").status_code == 403
    stored = running.services.ledger.alert(alert.id)
    assert stored is not None
    assert stored.acknowledged_at is None


def test_our_own_page_can_acknowledge(running: Running) -> None:
    alert = open_alert(running.services, COVERS[0])
    own = {"Origin": running.base, "Sec-Fetch-Site": "same-origin"}
    assert post(running, f"/api/alerts/{alert.id}/ack", **own).status_code == 200


def test_catalogue_has_the_form_of_the_contract(steady: Running) -> None:
    classes = steady.get("/api/catalogue").json()["classes"]
    cover = next(each for each in classes if each["code"] == COVER)
    assert {"name", "unit", "min", "max"} <= set(cover["metrics"][0])
    keys = {"id", "kind", "metric", "above", "below", "hold_s", "hysteresis", "level", "source"}
    assert all(keys <= set(rule) for rule in cover["rules"])


def test_a_wrong_address_is_json_under_api_and_a_wrong_method_says_so(steady: Running) -> None:
    refused(steady.get("/api/nothing/here"), 404, "not_found")
    refused(post(steady, "/api/catalogue"), 405, "method_not_allowed")


def test_a_store_that_fails_is_503_without_its_sql(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_given: Any, **_named: Any) -> None:
        raise OperationalError("SELECT secret", {}, Exception("disk I/O error"))

    monkeypatch.setattr(type(running.services.ledger), "alerts", broken)
    assert "secret" not in refused(running.get("/api/alerts"), 503, "store_unavailable")


def test_openapi_has_every_route_of_the_api_and_nothing_else(steady: Running) -> None:
    document = steady.get("/api/openapi.json").json()
    paths = set(document["paths"])
    assert {
        "/api/live",
        "/api/live/snapshot",
        "/api/components/{code}",
        "/api/components/{code}/readings",
        "/api/alerts",
        "/api/alerts/{alert_id}/ack",
        "/api/catalogue",
        "/api/collections",
    } <= paths
    assert all(path.startswith("/api") for path in paths)
    alert = document["components"]["schemas"]["AlertModel"]["properties"]
    assert {"id", "component", "rule", "level", "state", "opened_at"} <= set(alert)


@pytest.mark.parametrize("moment", [0, 1, 1_763_900_000_123, -1])
def test_moments_survive_the_way_out_and_back(moment: int) -> None:
    assert parse_moment(iso(moment)) == moment
    assert parse_moment(str(moment)) == moment
