"""An alert: one rule's finding about one component, from its opening to its clearing.

Resolving is a fact with a time, not a deletion; changing returns a new value.
"""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["open", "acknowledged", "cleared"]
EventKind = Literal["opened", "escalated", "eased", "acknowledged", "cleared"]


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One alert; times are epoch milliseconds UTC, None while it has not happened.

    revision: grows by one at every change, so that the newer of two copies is known.
    level: as it is now (it may have been escalated or eased).
    """

    id: int
    component: str
    rule: str
    level: str
    text: str
    value: float | str | None
    opened_at: int
    acknowledged_at: int | None = None
    cleared_at: int | None = None
    revision: int = 1

    @property
    def state(self) -> State:
        """open, acknowledged or cleared, derived from the times."""
        if self.cleared_at is not None:
            return "cleared"
        return "open" if self.acknowledged_at is None else "acknowledged"
