"""The ledger on a real database: one open alert whoever opens it, nothing twice, nothing lost."""

from __future__ import annotations

import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import OperationalError

from iot import alert_log
from iot.alert_log import AlertChange
from iot.catalogue import Catalogue
from iot.ingest.outcome import Outcome
from iot.ingest.registry import Component, Series, bind_rules
from iot.ingest.writer import Writer
from iot.ledger import Ledger
from iot.levels import Level
from iot.live import GatewayState, Sample
from iot.picture import Picture
from iot.presence import Presence
from iot.tables import alert_events, alerts, readings
from store.engine import default_url, metadata, open_engine
from store.migrate import migrate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from iot.alerts import Alert

T0 = 1_790_000_000_000
HOUR = 3_600_000
CLASS = bind_rules(Catalogue.read())["01003"]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """SQLite; PostgreSQL instead when ONEMAP_TEST_STORE_URL names an empty database."""
    engine = open_engine(os.environ.get("ONEMAP_TEST_STORE_URL", default_url(tmp_path)))
    migrate(engine)
    yield Ledger(engine)
    if engine.dialect.name != "sqlite":
        metadata.drop_all(engine)
        with engine.begin() as connection:
            connection.execute(text("DROP TABLE alembic_version"))
    engine.dispose()


def change(ledger: Ledger, level: Level, at: int = T0, component: str = "c") -> Alert | None:
    wanted = AlertChange(component, "r", level, f"{level.name} 文字", 1.5, at)
    with ledger.engine.begin() as connection:
        changed = alert_log.change(connection, wanted)
    return None if changed is None else changed[1]


def opened(ledger: Ledger, level: Level = Level.RED, at: int = T0, component: str = "c") -> Alert:
    alert = change(ledger, level, at, component)
    assert alert is not None
    return alert


def kinds(ledger: Ledger, alert: Alert) -> list[str]:
    return [each.kind for each in ledger.events(alert.id)]


def test_two_hundred_open_it_at_once_and_there_is_one(ledger: Ledger) -> None:
    at_once = Barrier(20)

    def open_it(index: int) -> Alert | None:
        if index < 20:
            at_once.wait(30)
        return change(ledger, Level.RED)

    with ThreadPoolExecutor(20) as pool:
        made = [each for each in pool.map(open_it, range(200)) if each is not None]
    assert len(made) == 1
    with ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(alerts)).scalar_one() == 1
        assert connection.execute(select(func.count()).select_from(alert_events)).scalar_one() == 1


def test_the_life_of_an_alert(ledger: Ledger) -> None:
    alert = opened(ledger, Level.YELLOW)
    assert (alert.state, alert.revision, alert.value) == ("open", 1, 1.5)
    assert change(ledger, Level.YELLOW) is None, "it is so already"
    known = ledger.acknowledge(alert.id, "李四", T0 + 1)
    assert known is not None
    assert (known.state, known.acknowledged_at, known.revision) == ("acknowledged", T0 + 1, 2)
    again = ledger.acknowledge(alert.id, "王五", T0 + 2)
    assert again == known, "the first who did it did it"
    worse = change(ledger, Level.RED, T0 + 3)
    assert worse is not None
    assert (worse.state, worse.level, worse.revision) == ("open", "red", 3), "look at it again"
    assert worse.text == "RED 文字"
    ledger.acknowledge(alert.id, "李四", T0 + 4)
    better = change(ledger, Level.ORANGE, T0 + 5)
    assert better is not None
    assert (better.state, better.level) == ("acknowledged", "orange"), "easing asks for nobody"
    done = change(ledger, Level.NONE, T0 + 6)
    assert done is not None
    assert (done.state, done.cleared_at) == ("cleared", T0 + 6)
    assert change(ledger, Level.NONE, T0 + 7) is None
    assert ledger.acknowledge(alert.id, "李四", T0 + 8) == done, "too late to acknowledge"
    assert kinds(ledger, alert) == [
        "opened", "acknowledged", "escalated", "acknowledged", "eased", "cleared",
    ]  # fmt: skip
    assert ledger.events(alert.id)[1].by == "李四"
    assert ledger.alert(alert.id) == done
    assert ledger.acknowledge(999, "x", T0) is None
    assert opened(ledger).id != alert.id, "and the next one is another"


def test_it_is_not_cleared_before_it_was_opened(ledger: Ledger) -> None:
    opened(ledger)
    done = change(ledger, Level.NONE, T0 - HOUR)
    assert done is not None
    assert done.cleared_at == T0


def test_acknowledged_while_it_clears(ledger: Ledger) -> None:
    for index in range(20):
        alert = opened(ledger, component=f"c{index}")
        with ThreadPoolExecutor(2) as pool:
            ours = pool.submit(ledger.acknowledge, alert.id, "x", T0 + 1)
            theirs = pool.submit(change, ledger, Level.NONE, T0 + 2, f"c{index}")
        assert ours.result() is not None
        assert theirs.result() is not None
        last = ledger.alert(alert.id)
        assert last is not None
        assert last.state == "cleared"
        assert last.revision == len(kinds(ledger, alert))


def test_paging_through_alerts(ledger: Ledger) -> None:
    made = [opened(ledger, at=T0 + index // 3, component=f"c{index:02}") for index in range(10)]
    change(ledger, Level.NONE, T0 + 9, "c05")
    newest_first = sorted(made, key=lambda each: (-each.opened_at, -each.id))
    found: list[Alert] = []
    before = None
    while page := ledger.alerts(state="all", before=before, limit=4):
        found += page
        before = (page[-1].opened_at, page[-1].id)
    assert [each.id for each in found] == [each.id for each in newest_first]
    assert len(ledger.alerts()) == 9
    assert ledger.alerts(levels=["blue"]) == []
    assert [each.component for each in ledger.alerts(components=["c03", "nobody"])] == ["c03"]
    many = [f"c{index:02}" for index in range(3, 2_000)]
    assert len(ledger.alerts(components=many)) == 6
    assert len(ledger.alerts(components=many, limit=2)) == 2


def test_counts_of_today(ledger: Ledger) -> None:
    opened(ledger, Level.BLUE, T0 - 1, "yesterday")
    opened(ledger, Level.RED, T0, "a")
    known = opened(ledger, Level.RED, T0 + HOUR - 1, "b")
    opened(ledger, Level.BLUE, T0 + 2 * HOUR, "c")
    ledger.acknowledge(known.id, "x", T0 + 2 * HOUR)
    change(ledger, Level.NONE, T0 + 3 * HOUR, "c")
    counts = ledger.alerts_today(T0)
    assert counts.by_level == {"red": 2, "blue": 1}
    assert counts.by_hour == [(T0, {"red": 2}), (T0 + HOUR, {}), (T0 + 2 * HOUR, {"blue": 1})]
    assert (counts.acknowledged, counts.cleared) == (1, 1)


def a_series(component: str, metric: str) -> Series:
    return Series(component, CLASS.known.metrics[metric], ())


def an_outcome(*rows: tuple[Series, int, float | None, str | None]) -> Outcome:
    outcome = Outcome(T0)
    for series, ts, number, words in rows:
        row = (series, ts, number, words, T0, False)
        outcome.readings.append(row)
        outcome.latest[series] = row
        if not series.id:
            outcome.new_series[series] = None
    return outcome


def test_a_batch_is_stored_once(ledger: Ledger) -> None:
    writer = Writer(ledger.engine)
    tilt, is_open = a_series("c", "tilt"), a_series("c", "open")
    outcome = an_outcome((tilt, T0, 1.5, None), (is_open, T0, 1.0, "true"))
    outcome.presences["c"] = (Presence.ONLINE, T0)
    outcome.gateways["g"] = GatewayState("g", Presence.ONLINE, T0, T0)
    outcome.states["c", "r"] = [0, T0]
    outcome.changes.append(AlertChange("c", "r", Level.RED, "倾斜", 45.0, T0))
    written = writer.write(outcome)
    assert (written.duplicates, [alert.level for alert in written.alerts]) == (0, ["red"])
    again = writer.write(outcome)
    assert (again.duplicates, again.alerts) == (2, [])

    components, open_alerts, gateways = ledger.picture()
    assert components[0].values == {"tilt": Sample(T0, 1.5, T0), "open": Sample(T0, True, T0)}
    assert (components[0].presence, components[0].presence_since) == (1, T0)
    assert [alert.text for alert in open_alerts] == ["倾斜"]
    assert gateways == [GatewayState("g", 1, T0, T0)]
    assert list(ledger.rule_states()) == [("c", "r", f"[0,{T0}]")]
    picture = Picture()
    picture.load(*ledger.picture())
    assert picture.state("c").level is Level.RED


def test_latest_never_goes_back_and_history_is_by_event_time(ledger: Ledger) -> None:
    writer = Writer(ledger.engine)
    tilt = a_series("c", "tilt")
    for ts in (T0 + 5, T0 + 1, T0 + 3):
        writer.write(an_outcome((tilt, ts, float(ts - T0), None)))
    assert ledger.picture()[0][0].values["tilt"].ts == T0 + 5
    assert [(ts - T0, value) for ts, value, _ in ledger.readings("c", "tilt", 0, 2**53)] == [
        (1, 1.0), (3, 3.0), (5, 5.0),
    ]  # fmt: skip
    assert [ts - T0 for ts, _, _ in ledger.readings("c", "tilt", T0 + 1, T0 + 3)] == [1, 3]
    assert [ts - T0 for ts, _, _ in ledger.readings("c", "tilt", 0, 2**53, limit=1)] == [5]


def test_another_writer_knows_the_series(ledger: Ledger) -> None:
    Writer(ledger.engine).write(an_outcome((a_series("c", "tilt"), T0, 1.0, None)))
    component = Component("c", None, CLASS, 1)
    component.series["tilt"] = series = a_series("c", "tilt")
    other = Writer(ledger.engine)
    other.load({"c": component})
    assert series.id > 0
    fresh = a_series("c", "tilt")
    assert other.write(an_outcome((fresh, T0, 1.0, None))).duplicates == 1
    assert fresh.id == series.id


def test_all_or_nothing(ledger: Ledger) -> None:
    """The last statement of the transaction fails; nothing of the others stays."""
    writer = Writer(ledger.engine)
    tilt = a_series("c", "tilt")
    outcome = an_outcome((tilt, T0, 1.0, None))
    outcome.changes.append(AlertChange("c", "r", Level.RED, "", 45.0, T0))

    def disk_full(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "alert_events" in statement:
            raise sqlite3.OperationalError("database or disk is full")

    event.listen(ledger.engine, "before_cursor_execute", disk_full)
    with pytest.raises((OperationalError, sqlite3.OperationalError)):
        writer.write(outcome)
    event.remove(ledger.engine, "before_cursor_execute", disk_full)
    assert ledger.picture() == ([], [], [])
    assert len(writer.write(outcome).alerts) == 1, "and the same outcome can be stored then"
    assert len(ledger.readings("c", "tilt", 0, 2**53)) == 1


def test_old_readings_are_forgotten_in_steps(ledger: Ledger) -> None:
    writer = Writer(ledger.engine)
    for index in range(5):
        series = a_series(f"c{index}", "tilt")
        writer.write(an_outcome(*((series, T0 + hour * HOUR, 1.0, None) for hour in range(4))))
    steps, after = 0, ledger.forget_readings(T0 + 2 * HOUR, 0, most=2)
    while after is not None:
        steps, after = steps + 1, ledger.forget_readings(T0 + 2 * HOUR, after, most=2)
    assert steps == 2
    with ledger.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(readings)).scalar_one() == 10
        oldest = connection.execute(select(func.min(readings.c.ts))).scalar_one()
    assert oldest == T0 + 2 * HOUR
