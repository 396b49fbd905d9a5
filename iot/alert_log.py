"""Alerts as the store keeps them: opened once, changed, cleared; each change an event.

Every function runs inside the caller's transaction. What makes "exactly one open
alert per component and rule" true is the unique index of ``iot.tables.alerts``, not
this code: whoever else opens it, one of the INSERTs does nothing.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import BigInteger, Boolean, bindparam, case, insert, null, select, text, update

from iot import dialects
from iot.alerts import Alert, EventKind
from iot.levels import Level
from iot.readings import Value
from iot.rows import alert_of, json_or_none
from iot.tables import alert_events, alerts

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection
    from sqlalchemy.sql.dml import ReturningInsert


class AlertChange(msgspec.Struct, frozen=True):
    """Where a rule stands with a component now. level NONE: its alert is over.

    text: Chinese, as the alert says it at this level. at: epoch ms UTC.
    """

    component: str
    rule: str
    level: Level
    text: str
    value: Value | None
    at: int


#: What happened, and the alert as it is now; None when nothing did.
Changed = tuple[EventKind, Alert] | None


def change(connection: Connection, wanted: AlertChange) -> Changed:
    """Open, escalate, ease or clear."""
    if wanted.level is Level.NONE:
        return _clear(connection, wanted)
    return _open(connection, wanted) or _move(connection, wanted)


_HERE = (
    (alerts.c.component == bindparam("its_component"))
    & (alerts.c.rule == bindparam("its_rule"))
    & alerts.c.cleared_at.is_(None)
)
# Made once: putting a statement together costs more than running it.
_LEVEL = select(alerts.c.level).where(_HERE)
_MOVE = (
    update(alerts)
    .where(_HERE)
    .values(
        level=bindparam("to_level"),
        text=bindparam("to_text"),
        value=bindparam("to_value"),
        acknowledged_at=case(
            (bindparam("escalated", type_=Boolean), null()), else_=alerts.c.acknowledged_at
        ),
        revision=alerts.c.revision + 1,
    )
    .returning(alerts)
)
_CLEAR = (
    update(alerts)
    .where(_HERE)
    .values(
        cleared_at=case(
            (alerts.c.opened_at > bindparam("at", type_=BigInteger), alerts.c.opened_at),
            else_=bindparam("at", type_=BigInteger),
        ),
        revision=alerts.c.revision + 1,
    )
    .returning(alerts)
)
_NOTE = insert(alert_events)


@cache
def _open_statement(dialect: str) -> ReturningInsert[Any]:
    return (
        dialects.insert_of(dialect, alerts)
        .on_conflict_do_nothing(
            index_elements=["component", "rule"], index_where=text("cleared_at IS NULL")
        )
        .returning(alerts)
    )


def _open(connection: Connection, wanted: AlertChange) -> Changed:
    values = {
        "component": wanted.component,
        "rule": wanted.rule,
        "level": wanted.level.label,
        "text": wanted.text,
        "value": json_or_none(wanted.value),
        "opened_at": wanted.at,
    }
    row = connection.execute(_open_statement(connection.dialect.name), values).one_or_none()
    if row is None:
        return None
    opened = alert_of(row)
    note(connection, opened, "opened", wanted.at)
    return "opened", opened


def _move(connection: Connection, wanted: AlertChange) -> Changed:
    """To another level. Escalated, it needs attention again, so it is no longer acknowledged."""
    here = {"its_component": wanted.component, "its_rule": wanted.rule}
    level = connection.execute(_LEVEL, here).scalar_one_or_none()
    if level is None or level == wanted.level.label:
        return None
    escalated = wanted.level > Level.parse(level)
    to = {
        "to_level": wanted.level.label,
        "to_text": wanted.text,
        "to_value": json_or_none(wanted.value),
        "escalated": escalated,
    }
    moved = alert_of(connection.execute(_MOVE, here | to).one())
    kind: EventKind = "escalated" if escalated else "eased"
    note(connection, moved, kind, wanted.at)
    return kind, moved


def _clear(connection: Connection, wanted: AlertChange) -> Changed:
    here = {"its_component": wanted.component, "its_rule": wanted.rule, "at": wanted.at}
    row = connection.execute(_CLEAR, here).one_or_none()
    if row is None:
        return None
    cleared = alert_of(row)
    value = json_or_none(wanted.value)
    note(connection, cleared, "cleared", cleared.cleared_at or wanted.at, value=value)
    return "cleared", cleared


def acknowledge(connection: Connection, alert_id: int, by: str, at: int) -> Alert | None:
    """See ``Ledger.acknowledge``. One UPDATE decides, so clearing at the same time is safe."""
    statement = (
        update(alerts)
        .where(
            alerts.c.id == alert_id,
            alerts.c.acknowledged_at.is_(None),
            alerts.c.cleared_at.is_(None),
        )
        .values(acknowledged_at=at, revision=alerts.c.revision + 1)
        .returning(alerts)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        row = connection.execute(select(alerts).where(alerts.c.id == alert_id)).one_or_none()
        return None if row is None else alert_of(row)
    acknowledged = alert_of(row)
    note(connection, acknowledged, "acknowledged", at, by=by)
    return acknowledged


def note(
    connection: Connection,
    alert: Alert,
    kind: EventKind,
    at: int,
    *,
    value: str | None = None,
    by: str | None = None,
) -> None:
    """Write what happened to an alert; its value is the alert's unless another is given."""
    values = {
        "alert_id": alert.id,
        "kind": kind,
        "level": alert.level,
        "value": value if kind == "cleared" else json_or_none(alert.value),
        "at": at,
        "by": by,
    }
    connection.execute(_NOTE, values)
