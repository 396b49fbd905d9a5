"""The tables of intake, as SQLAlchemy Core. What builds them: ``store/migrations``.

All times are epoch milliseconds UTC.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.engine import metadata

#: (component, metric) as one small number, so that a reading's row is narrow.
series = Table(
    "series",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("component", String(32), nullable=False),
    Column("metric", String(64), nullable=False),
    UniqueConstraint("component", "metric"),
)

#: Idempotent: the same reading delivered twice is one row.
readings = Table(
    "readings",
    metadata,
    Column("series_id", ForeignKey(series.c.id), primary_key=True),
    Column("ts", BigInteger, primary_key=True),
    Column("number", Float),
    Column("text", Text),
    Column("received", BigInteger, nullable=False),
    Column("stamped", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)

#: The newest reading of every series by event time.
latest = Table(
    "latest",
    metadata,
    Column("series_id", ForeignKey(series.c.id), primary_key=True),
    Column("ts", BigInteger, nullable=False),
    Column("number", Float),
    Column("text", Text),
    Column("received", BigInteger, nullable=False),
    Column("stamped", Integer, nullable=False, server_default="0"),
)

presence = Table(
    "presence",
    metadata,
    Column("component", String(32), primary_key=True),
    Column("presence", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
)

gateways = Table(
    "gateways",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("presence", Integer, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("seen_at", BigInteger),
)

#: Where a rule stands with a component (e.g. since when a value is high), so
#: that a restart in the middle of a hold time changes nothing.
rule_states = Table(
    "rule_states",
    metadata,
    Column("component", String(32), primary_key=True),
    Column("rule", String(64), primary_key=True),
    Column("state", Text, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("component", String(32), nullable=False),
    Column("rule", String(64), nullable=False),
    Column("level", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("value", Text),  # JSON: a number or a string
    Column("opened_at", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("cleared_at", BigInteger),
    Column("revision", Integer, nullable=False, server_default="1"),
)

#: Exactly one open alert per (component, rule), whoever opens it.
Index(
    "uq_alerts_open",
    alerts.c.component,
    alerts.c.rule,
    unique=True,
    sqlite_where=text("cleared_at IS NULL"),
    postgresql_where=text("cleared_at IS NULL"),
)
Index("ix_alerts_opened_at", alerts.c.opened_at)
Index("ix_alerts_component", alerts.c.component)

#: What happened to an alert: opened, escalated, eased, acknowledged, cleared.
alert_events = Table(
    "alert_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("alert_id", ForeignKey(alerts.c.id), nullable=False, index=True),
    Column("kind", String(16), nullable=False),
    Column("level", String(8), nullable=False),
    Column("value", Text),
    Column("at", BigInteger, nullable=False),
    Column("by", String(128)),
)
