"""Cells of a site's file as the layer keeps them: lossless, or not at all.

Each function raises ValueError with what is wrong; None is an empty cell.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: From here on a float does not hold every whole number: 2**53.
_EXACT = 9_007_199_254_740_992

#: What no file and no page can show: control characters and halves of surrogate pairs.
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True)
class NoCode:
    """Stands where a code should be that cannot be had exactly; reads as the reason."""

    reason: str

    def __str__(self) -> str:
        return self.reason


def to_text(value: Any) -> str | None:
    """Text; a whole number (an integer, or a float that holds it exactly) as its digits."""
    if is_blank(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and value.is_integer():
        if abs(value) >= _EXACT:
            raise ValueError(f"{value:.0f} is a number that has lost digits; keep it as text")
        return str(int(value))
    text = str(value).strip(" \t\r\n\u3000\ufeff\0")
    if _UNFIT.search(text):
        raise ValueError(f"{text[:60]!a} has characters that are no text")
    return text or None


def to_code(value: Any) -> str | NoCode | None:
    """A code: exact text. ``320507.0`` is ``"320507"``; ``3.2E+14`` has lost its digits.

    Never raises: what is no exact code is told with the other wrong codes.
    """
    if isinstance(value, bool | np.bool_ | list | dict):
        return NoCode(f"{value} is no code")
    try:
        text = to_text(value)
    except ValueError as error:
        return NoCode(str(error))
    if text is None:
        return None
    if re.fullmatch(r"\d+\.0+", text):
        return text.split(".")[0]
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", text):
        return NoCode(f"{text} has lost digits (a spreadsheet did that)")
    return text


def to_integer(value: Any) -> int | None:
    """A whole number."""
    found = to_number(value)
    if found is None:
        return None
    if not found.is_integer():
        raise ValueError(f"{value} is no whole number")
    return int(found)


def to_number(value: Any) -> float | None:
    """A finite number; ``1,203`` and blanks around it are fine."""
    if is_blank(value):
        return None
    text = str(value).strip().replace(",", "")
    try:
        found = float(text)
    except ValueError:
        raise ValueError(f"'{value}' is no number") from None
    if not math.isfinite(found):
        raise ValueError(f"'{value}' is no number")
    return found


def to_day(value: Any) -> str | None:
    """A day as ISO 8601 text.

    From a date, ``2026-03-01``, ``2026/3/1``, ``20260301`` or ``2026年3月1日``.
    """
    if is_blank(value):
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value).to_pydatetime()
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    text = str(value).strip()
    found = re.match(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})|(\d{2})(\d{2})$)", text)
    if found is None:
        raise ValueError(f"'{text}' is no day")
    year, *rest = (int(part) for part in found.groups() if part is not None)
    try:
        return date(year, *rest).isoformat()
    except ValueError:
        raise ValueError(f"'{text}' is no day") from None


def to_json(value: Any) -> str | None:
    """Text that holds JSON."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    if is_blank(value):
        return None
    try:
        json.loads(str(value))
    except ValueError:
        raise ValueError(f"'{str(value)[:60]}' is no JSON") from None
    return str(value)


def is_blank(value: Any) -> bool:
    """Nothing, NaN, or only white space."""
    if value is None or value is pd.NA or value is pd.NaT:
        return True
    if isinstance(value, float | np.floating):
        return bool(np.isnan(value))
    return isinstance(value, str) and not value.strip(" \t\r\n\u3000\ufeff\0")


CONVERTERS: Mapping[str, Callable[[Any], Any]] = {
    "text": to_text,
    "integer": to_integer,
    "number": to_number,
    "date": to_day,
    "json": to_json,
}
