"""The live picture: newest by event time, whatever order things come in."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from iot.alerts import Alert
from iot.levels import Level
from iot.live import ComponentDelta, Delta, GatewayState, Sample
from iot.picture import Picture
from iot.presence import Presence, presence_after


def delta(*components: ComponentDelta, alerts: list[Alert] | None = None) -> Delta:
    return Delta("e", 1, 0, list(components), alerts or [])


def values(code: str, ts: int, **more: float) -> ComponentDelta:
    return ComponentDelta(code, {name: Sample(ts, value, ts) for name, value in more.items()})


def an_alert(level: str = "red", **more: object) -> Alert:
    known = {"id": 1, "component": "c", "rule": "r", "text": "", "value": 1.0, "opened_at": 5}
    return msgspec.convert({**known, "level": level, **more}, Alert)


def test_a_late_reading_never_overwrites() -> None:
    picture = Picture()
    assert picture.apply(delta(values("c", 20, tilt=2.0))) == {"c"}
    assert picture.apply(delta(values("c", 10, tilt=9.0))) == set()
    assert picture.apply(delta(values("c", 20, tilt=9.0))) == set(), "nor does the same moment"
    assert picture.state("c").values["tilt"].value == 2.0
    assert picture.apply(delta(values("c", 5, open=1.0))) == {"c"}, "another metric is another"
    assert picture.state("c").heard_at == 20


def test_the_never_heard_are_unknown() -> None:
    picture = Picture()
    state = picture.state("nobody")
    assert (state.presence, state.level, state.heard_at) == (Presence.UNKNOWN, Level.NONE, None)
    assert picture.components == {}
    assert picture.worst(["nobody"]) is Level.NONE


def test_level_is_the_highest_open_alert() -> None:
    picture = Picture()
    changed = picture.apply(delta(alerts=[an_alert(), an_alert("blue", id=2, rule="s")]))
    assert changed == {"c"}
    assert picture.worst(["c", "d"]) is Level.RED
    assert picture.apply_alert(an_alert(cleared_at=9, revision=2))
    assert picture.state("c").level is Level.BLUE
    assert set(picture.alerts) == {2}


def test_an_older_copy_changes_nothing() -> None:
    picture = Picture()
    assert picture.apply_alert(an_alert(acknowledged_at=7, revision=2))
    assert not picture.apply_alert(an_alert())
    assert picture.alerts[1].state == "acknowledged"
    assert picture.apply_alert(an_alert(cleared_at=9, revision=3))
    assert not picture.apply_alert(an_alert(acknowledged_at=7, revision=2)), "it stays cleared"
    assert picture.state("c").level is Level.NONE


def test_the_next_alert_may_come_before_the_end_of_the_last() -> None:
    picture = Picture()
    picture.apply_alert(an_alert())
    picture.apply_alert(an_alert("orange", id=2))
    picture.apply_alert(an_alert(cleared_at=9, revision=2))
    assert picture.state("c").alerts["r"].id == 2
    assert picture.state("c").level is Level.ORANGE


def test_presence_moves_by_its_own_time() -> None:
    picture = Picture()
    assert picture.apply(delta(ComponentDelta("c", {}, Presence.ONLINE, 10))) == {"c"}
    assert picture.apply(delta(ComponentDelta("c", {}, Presence.OFFLINE, 5))) == set()
    assert picture.state("c").presence is Presence.ONLINE
    assert picture.apply(delta(ComponentDelta("c", {}, Presence.LATE, 20))) == {"c"}


def test_loading_replaces_everything() -> None:
    picture = Picture()
    picture.apply(delta(values("old", 1, tilt=1.0), alerts=[an_alert()]))
    gateway = GatewayState("g", 1, 2, 3)
    picture.load([values("new", 1, tilt=1.0)], [an_alert(component="new")], [gateway])
    assert set(picture.components) == {"new"}
    assert picture.state("new").level is Level.RED
    assert picture.gateways == {"g": gateway}


samples = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 9)), max_size=30
)


@given(samples, st.randoms(use_true_random=False))
def test_any_order_gives_the_same_picture(
    readings: list[tuple[str, str, int]], chance: object
) -> None:
    deltas = [delta(values(code, ts, **{metric: ts * 1.5})) for code, metric, ts in readings]
    straight, mixed = Picture(), Picture()
    for each in deltas:
        straight.apply(each)
    again = deltas * 2
    chance.shuffle(again)  # type: ignore[attr-defined]
    for each in again:
        mixed.apply(each)
    assert straight.components == mixed.components


def test_presence_by_quiet() -> None:
    minute = 60_000
    expected = {0: 1, 1.5: 1, 1.6: 2, 3: 2, 3.1: 3, 100: 3}
    for intervals, presence in expected.items():
        assert presence_after(int(intervals * minute), minute) == presence
