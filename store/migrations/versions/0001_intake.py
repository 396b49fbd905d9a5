"""Tables of intake: series, readings, latest, presence, gateways, rule states, alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _readings()
    _presence()
    _alerts()


def downgrade() -> None:
    for table in (
        "alert_events", "alerts", "rule_states", "gateways", "presence", "latest", "readings",
        "series",
    ):  # fmt: skip
        op.drop_table(table)


def _readings() -> None:
    op.create_table(
        "series",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(32), nullable=False),
        sa.Column("metric", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_series"),
        sa.UniqueConstraint("component", "metric", name="uq_series_component_metric"),
    )
    for name, primary_key in (("readings", ("series_id", "ts")), ("latest", ("series_id",))):
        op.create_table(
            name,
            sa.Column("series_id", sa.Integer(), nullable=False),
            sa.Column("ts", sa.BigInteger(), nullable=False),
            sa.Column("number", sa.Float()),
            sa.Column("text", sa.Text()),
            sa.Column("received", sa.BigInteger(), nullable=False),
            sa.Column("stamped", sa.Integer(), nullable=False, server_default="0"),
            sa.ForeignKeyConstraint(
                ["series_id"], ["series.id"], name=f"fk_{name}_series_id_series"
            ),
            sa.PrimaryKeyConstraint(*primary_key, name=f"pk_{name}"),
            sqlite_with_rowid=name != "readings",
        )


def _presence() -> None:
    op.create_table(
        "presence",
        sa.Column("component", sa.String(32), nullable=False),
        sa.Column("presence", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("component", name="pk_presence"),
    )
    op.create_table(
        "gateways",
        sa.Column("name", sa.String(128), nullable=False),
        sa.Column("presence", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("name", name="pk_gateways"),
    )


def _alerts() -> None:
    op.create_table(
        "rule_states",
        sa.Column("component", sa.String(32), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("component", "rule", name="pk_rule_states"),
    )
    op.create_table(
        "alerts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("component", sa.String(32), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger()),
        sa.Column("cleared_at", sa.BigInteger()),
        sa.Column("revision", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    still_open = sa.text("cleared_at IS NULL")
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["component", "rule"],
        unique=True,
        sqlite_where=still_open,
        postgresql_where=still_open,
    )
    op.create_index("ix_alerts_opened_at", "alerts", ["opened_at"])
    op.create_index("ix_alerts_component", "alerts", ["component"])
    op.create_table(
        "alert_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("alert_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.String(128)),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_alert_events_alert_id_alerts"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_events"),
    )
    op.create_index("ix_alert_events_alert_id", "alert_events", ["alert_id"])
