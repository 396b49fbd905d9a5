"""The ledger: what pages and programs ask of intake's tables, over SQLAlchemy Core.

Blocking; in async code call it through ``asyncio.to_thread``. Every query is short and
read-committed at least; what is written is written in one transaction. The write of
a batch of readings is ``iot.ingest.writer``'s, that of alerts ``iot.alert_log``'s.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sqlalchemy import case, delete, func, select

from iot import alert_log
from iot.live import ComponentDelta, GatewayState, Sample
from iot.rows import alert_of, value_of
from iot.tables import (
    alert_events,
    alerts,
    gateways,
    latest,
    presence,
    readings,
    rule_states,
    series,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine

    from iot.alerts import Alert, EventKind
    from iot.readings import Value

#: With more components than this a question about them is answered by going
#: through the alerts. Databases limit how much stands in one statement (SQLite from 3.32 on
#: 32 766 values); going through 100 000 alerts takes a second.
_MOST_IN = 10_000
_HOUR_MS = 3_600_000


@dataclass(frozen=True)
class AlertEvent:
    """Something that happened to an alert. at: epoch ms UTC. by: who acknowledged."""

    kind: EventKind
    level: str
    value: float | str | None
    at: int
    by: str | None


@dataclass(frozen=True)
class AlertCounts:
    """How many alerts opened since a moment.

    by_level: level name -> count, by the level they have now. by_hour: one entry for each hour
    since then: (its start, epoch ms UTC; level name -> count), oldest first. acknowledged,
    cleared: how many of them are so now (cleared ones count as cleared only).
    """

    by_level: dict[str, int]
    by_hour: list[tuple[int, dict[str, int]]] = field(default_factory=list)
    acknowledged: int = 0
    cleared: int = 0


@dataclass(frozen=True)
class Ledger:
    """Reads and writes alerts, latest state, presence and readings."""

    engine: Engine

    def picture(self) -> tuple[list[ComponentDelta], list[Alert], list[GatewayState]]:
        """Latest values with presence, open alerts, gateways: what ``Picture.load`` takes.

        As of one moment: the three are read in one transaction.
        """
        with self.engine.connect() as connection:
            _one_moment(connection)
            return _components(connection), _open_alerts(connection), _gateways(connection)

    def readings(
        self, component: str, metric: str, start: int, end: int, limit: int = 50_000
    ) -> list[tuple[int, Value, int]]:
        """(ts, value, received) of one series by event time, start <= ts <= end, epoch ms UTC.

        When there are more than ``limit``, the newest.
        """
        query = (
            select(readings.c.ts, readings.c.number, readings.c.text, readings.c.received)
            .join(series, series.c.id == readings.c.series_id)
            .where(series.c.component == component, series.c.metric == metric)
            .where(readings.c.ts.between(start, end))
            .order_by(readings.c.ts.desc())
            .limit(limit)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [(ts, value_of(number, text), received) for ts, number, text, received in rows][::-1]

    def alerts(
        self,
        *,
        state: str = "open",
        levels: Iterable[str] = (),
        components: Iterable[str] | None = None,
        before: tuple[int, int] | None = None,
        limit: int = 200,
    ) -> list[Alert]:
        """Newest first by (opened_at, id). ``state="open"`` means not cleared (acknowledged too).

        ``before``: only alerts older than this (opened_at, id), for paging.
        """
        query = select(alerts)
        if state == "open":
            query = query.where(alerts.c.cleared_at.is_(None))
        wanted = list(levels)
        if wanted:
            query = query.where(alerts.c.level.in_(wanted))
        among = None if components is None else set(components)
        if among is not None and len(among) <= _MOST_IN:
            query, among = query.where(alerts.c.component.in_(sorted(among))), None
        found: list[Alert] = []
        with self.engine.connect() as connection:
            for alert in _newest_first(connection, query, before):
                if len(found) >= limit:
                    break
                if among is None or alert.component in among:
                    found.append(alert)
        return found

    def alert(self, alert_id: int) -> Alert | None:
        """One alert by its id."""
        with self.engine.connect() as connection:
            row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
        return None if row is None else alert_of(row)

    def events(self, alert_id: int) -> list[AlertEvent]:
        """What happened to an alert, in the order in which it was written."""
        query = (
            select(alert_events)
            .where(alert_events.c.alert_id == alert_id)
            .order_by(alert_events.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return [
            AlertEvent(
                kind=cast("EventKind", row.kind),
                level=row.level,
                value=None if row.value is None else msgspec.json.decode(row.value),
                at=row.at,
                by=row.by,
            )
            for row in rows
        ]

    def acknowledge(self, alert_id: int, by: str, at: int) -> Alert | None:
        """Acknowledge an open alert; unchanged when it already is, or is cleared.

        None: no such alert.
        """
        with self.engine.begin() as connection:
            return alert_log.acknowledge(connection, alert_id, by, at)

    def alerts_today(self, start: int) -> AlertCounts:
        """Alerts opened since ``start`` (epoch ms UTC, e.g. the district's midnight)."""
        still_open = alerts.c.cleared_at.is_(None)
        query = (
            select(
                ((alerts.c.opened_at - start) // _HOUR_MS).label("hour"),
                alerts.c.level,
                func.count().label("count"),
                func.count(alerts.c.cleared_at).label("cleared"),
                func.count(case((still_open, alerts.c.acknowledged_at))).label("acknowledged"),
            )
            .where(alerts.c.opened_at >= start)
            .group_by("hour", alerts.c.level)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return _counts(start, rows)

    def rule_states(self) -> Iterator[tuple[str, str, str]]:
        """(component, rule, state as JSON) of every rule that is not as at its beginning."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(rule_states)).all()
        return ((row.component, row.rule, row.state) for row in rows)

    def forget_readings(self, before: int, after_series: int, most: int = 200) -> int | None:
        """Delete readings older than ``before`` (epoch ms UTC) of the next ``most`` series.

        Small steps, each its own transaction, so that intake never waits long. Returns
        what to give as ``after_series`` next; None when that was the last.
        """
        part = (
            select(series.c.id).where(series.c.id > after_series).order_by(series.c.id).limit(most)
        )
        with self.engine.begin() as connection:
            ids = list(connection.execute(part).scalars())
            if ids:
                connection.execute(
                    delete(readings).where(readings.c.series_id.in_(ids), readings.c.ts < before)
                )
        return ids[-1] if len(ids) == most else None


def _one_moment(connection: Connection) -> None:
    """What follows on this connection sees the store as of one moment."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN")
    else:
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def _components(connection: Connection) -> list[ComponentDelta]:
    query = select(
        series.c.component,
        series.c.metric,
        latest.c.ts,
        latest.c.number,
        latest.c.text,
        latest.c.received,
        latest.c.stamped,
    ).join(series, series.c.id == latest.c.series_id)
    values: dict[str, dict[str, Sample]] = {}
    for component, metric, ts, number, text, received, stamped in connection.execute(query):
        sample = Sample(ts, value_of(number, text), received, bool(stamped))
        values.setdefault(component, {})[metric] = sample
    heard = {
        component: (known, since)
        for component, known, since in connection.execute(
            select(presence.c.component, presence.c.presence, presence.c.since)
        )
    }
    return [
        ComponentDelta(code, values.get(code, {}), *heard.get(code, (None, None)))
        for code in values | heard
    ]


def _open_alerts(connection: Connection) -> list[Alert]:
    query = select(alerts).where(alerts.c.cleared_at.is_(None)).order_by(alerts.c.id)
    return [alert_of(row) for row in connection.execute(query)]


def _gateways(connection: Connection) -> list[GatewayState]:
    rows = connection.execute(select(gateways)).all()
    return [GatewayState(row.name, row.presence, row.since, row.seen_at) for row in rows]


def _newest_first(
    connection: Connection, query: Select[Any], before: tuple[int, int] | None
) -> Iterator[Alert]:
    """Every alert of a query, page by page, so that no more is read than is wanted."""
    page = 1_000
    query = query.order_by(alerts.c.opened_at.desc(), alerts.c.id.desc()).limit(page)
    while True:
        part = query
        if before is not None:
            at, alert_id = before
            older = (alerts.c.opened_at == at) & (alerts.c.id < alert_id)
            part = query.where((alerts.c.opened_at < at) | older)
        rows = connection.execute(part).all()
        for row in rows:
            yield alert_of(row)
        if len(rows) < page:
            return
        before = (rows[-1].opened_at, rows[-1].id)


def _counts(start: int, rows: Iterable[Any]) -> AlertCounts:
    by_level: Counter[str] = Counter()
    by_hour: dict[int, dict[str, int]] = {}
    acknowledged = cleared = 0
    for row in rows:
        slot = int(row.hour)
        by_level[row.level] += row.count
        hour = by_hour.setdefault(slot, {})
        hour[row.level] = hour.get(row.level, 0) + row.count
        cleared += row.cleared
        acknowledged += row.acknowledged
    last = max(by_hour, default=-1)
    hours = [(start + slot * _HOUR_MS, by_hour.get(slot, {})) for slot in range(last + 1)]
    return AlertCounts(dict(by_level), hours, acknowledged, cleared)
