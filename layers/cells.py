"""Reading a feature's cells: whatever a file left empty is None, never ``"nan"``."""

from __future__ import annotations

import json
import math
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping


def text(row: Mapping[str, Any], key: str) -> str | None:
    """The cell as text without blanks around it; None when it is empty or missing."""
    value = row.get(key)
    if _empty(value):
        return None
    return str(value).strip() or None


def number(row: Mapping[str, Any], key: str) -> float | None:
    """The cell as a finite number, or None."""
    value = row.get(key)
    if _empty(value):
        return None
    try:
        result = float(value)  # type: ignore[arg-type]  # anything else raises TypeError
    except (TypeError, ValueError):
        return None
    return result if math.isfinite(result) else None


def day(row: Mapping[str, Any], key: str) -> date | None:
    """The cell as a day: a date, a time, ``2026-03-01`` or ``20260301``; else None."""
    return parse_day(row.get(key))


def parse_day(value: Any) -> date | None:
    """A day out of what a cell or a milestone holds, or None."""
    if _empty(value):
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(str(value).strip()).date()
    except ValueError:
        return None


def json_list(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects in a JSON list kept as text; what is no object or no JSON is left out."""
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, dict)]


def _empty(value: Any) -> bool:
    if value is None or value is pd.NaT or value is pd.NA:
        return True
    return isinstance(value, float) and math.isnan(value)
