"""The ledger: all SQL of intake, alerts and history in one place, over SQLAlchemy Core.

SKELETON, to be completed by its owner; the signatures are the agreement.
Blocking; in async code call it through ``asyncio.to_thread``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Engine

    from iot.alerts import Alert
    from iot.live import ComponentDelta, GatewayState
    from iot.readings import Value


@dataclass(frozen=True)
class Ledger:
    """Reads and writes alerts, latest state, presence and readings."""

    engine: Engine

    def picture(self) -> tuple[list[ComponentDelta], list[Alert], list[GatewayState]]:
        """Latest values with presence, open alerts, gateways: what ``Picture.load`` takes."""
        raise NotImplementedError

    def readings(
        self, component: str, metric: str, start: int, end: int, limit: int = 50_000
    ) -> list[tuple[int, Value, int]]:
        """(ts, value, received) of one series by event time, start <= ts <= end, epoch ms UTC."""
        raise NotImplementedError

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
        raise NotImplementedError

    def alert(self, alert_id: int) -> Alert | None:
        """One alert by its id."""
        raise NotImplementedError

    def acknowledge(self, alert_id: int, by: str, at: int) -> Alert | None:
        """Acknowledge an open alert; unchanged when it already is, or is cleared. None: no such alert."""
        raise NotImplementedError
