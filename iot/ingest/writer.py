"""Storing an outcome: one transaction, whatever is in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import bindparam, delete, select

from iot import alert_log, dialects
from iot.presence import Presence
from iot.tables import gateways, latest, presence, readings, rule_states, series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection, Engine

    from iot.alerts import Alert
    from iot.ingest.outcome import Outcome
    from iot.ingest.registry import Component, Series

_VALUES = ("series_id", "ts", "number", "text", "received", "stamped")


@dataclass(frozen=True)
class Written:
    """What was stored: alerts as they are now, what happened to them (kind of event -> count),
    and how many readings were there already."""

    alerts: list[Alert]
    events: Counter[str]
    duplicates: int


class Writer:
    """Stores outcomes. Knows the ids of all series. One thread."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._ids: dict[tuple[str, str], int] = {}

    def load(self, components: Mapping[str, Component]) -> None:
        """Learn the ids of the series and hand them to those in memory."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(series.c.id, series.c.component, series.c.metric))
            self._ids = {(component, metric): key for key, component, metric in rows}
        for component in components.values():
            for each in component.series.values():
                each.id = self._ids.get((each.component, each.metric.name), 0)

    def write(self, outcome: Outcome) -> Written:
        """Store an outcome whole or not at all. Doing it again changes nothing.

        Raises:
            SQLAlchemyError: nothing of it was stored.
        """
        with self.engine.begin() as connection:
            found = self._name_series(connection, outcome.new_series)
            duplicates = self._readings(connection, outcome)
            self._presence(connection, outcome)
            self._states(connection, outcome)
            changed = [alert_log.change(connection, change) for change in outcome.changes]
        self._ids.update(found)
        happened = [each for each in changed if each is not None]
        newest = {alert.id: alert for _, alert in happened}
        events: Counter[str] = Counter(kind for kind, _ in happened)
        return Written(list(newest.values()), events, duplicates)

    def _name_series(
        self, connection: Connection, new: Iterable[Series]
    ) -> dict[tuple[str, str], int]:
        """Give an id to every series that has none yet."""
        found: dict[tuple[str, str], int] = {}
        for each in new:
            key = (each.component, each.metric.name)
            known = self._ids.get(key) or found.get(key)
            if known is None:
                known = found[key] = _series_id(connection, *key)
            each.id = known
        return found

    def _readings(self, connection: Connection, outcome: Outcome) -> int:
        """Insert what is not there, move what is newest; returns how many were there."""
        if not outcome.readings:
            return 0
        rows = [(row[0].id, *row[1:]) for row in outcome.readings]
        stored = _insert(connection, readings, _VALUES, rows)
        if outcome.latest:
            rows = [(row[0].id, *row[1:]) for row in outcome.latest.values()]
            _upsert(connection, latest, "series_id", _VALUES, rows, newer="ts")
        return len(outcome.readings) - stored

    def _presence(self, connection: Connection, outcome: Outcome) -> None:
        rows: list[tuple[Any, ...]]
        if outcome.presences:
            rows = [(code, int(what), since) for code, (what, since) in outcome.presences.items()]
            _upsert(connection, presence, "component", ("component", "presence", "since"), rows)
        if outcome.gateways:
            rows = [
                (each.name, int(Presence(each.presence)), each.since, each.seen_at)
                for each in outcome.gateways.values()
            ]
            _upsert(connection, gateways, "name", ("name", "presence", "since", "seen_at"), rows)

    def _states(self, connection: Connection, outcome: Outcome) -> None:
        kept = [
            {"component": component, "rule": rule, "state": msgspec.json.encode(state).decode()}
            for (component, rule), state in outcome.states.items()
            if state is not None
        ]
        gone = [
            {"c": component, "r": rule}
            for (component, rule), state in outcome.states.items()
            if state is None
        ]
        if kept:
            statement = dialects.insert(connection, rule_states)
            statement = statement.on_conflict_do_update(
                index_elements=["component", "rule"], set_={"state": statement.excluded.state}
            )
            connection.execute(statement, kept)
        if gone:
            connection.execute(
                delete(rule_states).where(
                    rule_states.c.component == bindparam("c"), rule_states.c.rule == bindparam("r")
                ),
                gone,
            )


def _series_id(connection: Connection, component: str, metric: str) -> int:
    values = {"component": component, "metric": metric}
    connection.execute(dialects.insert(connection, series).values(values).on_conflict_do_nothing())
    query = select(series.c.id).where(series.c.component == component, series.c.metric == metric)
    return int(connection.execute(query).scalar_one())


def _insert(
    connection: Connection, table: Table, names: Sequence[str], rows: list[tuple[Any, ...]]
) -> int:
    """Insert rows that are not there; returns how many were not."""
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        sql = f"INSERT OR IGNORE INTO {table.name} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 - names of our own tables
        return _count(connection.exec_driver_sql(sql, rows).rowcount, rows)
    statement = dialects.insert(connection, table).on_conflict_do_nothing()
    made = connection.execute(
        statement,
        [dict(zip(names, row, strict=True)) for row in rows],
        execution_options={"preserve_rowcount": True},
    )
    return _count(made.rowcount, rows)


def _count(rowcount: int, rows: Sequence[object]) -> int:
    """Some drivers do not say how many rows a batch made: then none counts as there already."""
    return rowcount if rowcount >= 0 else len(rows)


def _upsert(
    connection: Connection,
    table: Table,
    key: str,
    names: Sequence[str],
    rows: list[tuple[Any, ...]],
    newer: str | None = None,
) -> None:
    """Insert or replace rows by key; with ``newer``, only by a row that is greater in it."""
    others = [name for name in names if name != key]
    if connection.dialect.name == "sqlite":
        marks = ", ".join("?" * len(names))
        sets = ", ".join(f"{name} = excluded.{name}" for name in others)
        when = f" WHERE excluded.{newer} > {table.name}.{newer}" if newer else ""
        sql = (
            f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks}) "  # noqa: S608 - the same
            f"ON CONFLICT ({key}) DO UPDATE SET {sets}{when}"
        )
        connection.exec_driver_sql(sql, rows)
        return
    statement = dialects.insert(connection, table)
    statement = statement.on_conflict_do_update(
        index_elements=[key],
        set_={name: statement.excluded[name] for name in others},
        where=statement.excluded[newer] > table.c[newer] if newer else None,
    )
    connection.execute(statement, [dict(zip(names, row, strict=True)) for row in rows])
