"""Values and alerts as rows of the store, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from iot.alerts import Alert

if TYPE_CHECKING:
    from iot.readings import Value

_TRUE, _FALSE = (1.0, "true"), (0.0, "false")


def columns(value: Value) -> tuple[float | None, str | None]:
    """A value as (number, text): a number has no text, a text no number, a bool both."""
    if isinstance(value, bool):
        return _TRUE if value else _FALSE
    if isinstance(value, str):
        return None, value
    return value, None


def value_of(number: float | None, text: str | None) -> Value:
    """The value that ``columns`` took apart."""
    if number is None:
        return text or ""
    return number if text is None else text == "true"


def json_or_none(value: Value | None) -> str | None:
    """An alert's value as its column keeps it: JSON, bools as 1 and 0."""
    if value is None:
        return None
    return msgspec.json.encode(value if isinstance(value, str) else float(value)).decode()


def alert_of(row: Any) -> Alert:
    """An alert from a row of ``iot.tables.alerts``."""
    return Alert(
        id=row.id,
        component=row.component,
        rule=row.rule,
        level=row.level,
        text=row.text,
        value=None if row.value is None else msgspec.json.decode(row.value),
        opened_at=row.opened_at,
        acknowledged_at=row.acknowledged_at,
        cleared_at=row.cleared_at,
        revision=row.revision,
    )
