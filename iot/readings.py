"""A reading: one value of one metric of one component at one moment."""

from __future__ import annotations

import msgspec

Value = float | bool | str


class Reading(msgspec.Struct, frozen=True, gc=False):
    """One reading, checked when made by a codec, trusted afterwards.

    component: its code, text of 16 or 17 digits.
    metric: the catalogue's name, e.g. ``"depth"``.
    ts: event time, epoch milliseconds UTC.
    value: number (never NaN or infinite), bool or string.
    received: time of receipt, epoch milliseconds UTC.
    stamped: True when the sender gave no time and ``ts`` is the time of receipt.
    gateway: the gateway that carried it.
    """

    component: str
    metric: str
    ts: int
    value: Value
    received: int
    stamped: bool = False
    gateway: str = ""
