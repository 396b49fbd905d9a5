"""The live picture: for every component the newest reading per metric BY EVENT TIME,
its presence, and its level (the highest open alert).

SKELETON, to be completed by its owner; the signatures are the agreement. Pure: no
I/O. Ingest keeps one to decide, web keeps one to show; both load it from the store
and move it by deltas. Not thread-safe: one owner changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot.levels import Level
from iot.presence import Presence

if TYPE_CHECKING:
    from collections.abc import Iterable

    from iot.alerts import Alert
    from iot.live import ComponentDelta, Delta, GatewayState, Sample


@dataclass
class ComponentState:
    """One component as it is known now."""

    values: dict[str, Sample] = field(default_factory=dict)
    presence: Presence = Presence.UNKNOWN
    presence_since: int | None = None
    alerts: dict[str, Alert] = field(default_factory=dict)
    level: Level = Level.NONE

    @property
    def heard_at(self) -> int | None:
        """Event time of the newest value, epoch ms UTC; None when never heard."""
        return max((sample.ts for sample in self.values.values()), default=None)


@dataclass
class Picture:
    """Everything that is live, by component code. A component never heard of has no entry."""

    components: dict[str, ComponentState] = field(default_factory=dict)
    gateways: dict[str, GatewayState] = field(default_factory=dict)
    alerts: dict[int, Alert] = field(default_factory=dict)  # the open and acknowledged ones

    def state(self, code: str) -> ComponentState:
        """The state of a component; an empty, unknown one when it was never heard."""
        raise NotImplementedError

    def apply(self, delta: Delta) -> set[str]:
        """Take a delta in; older samples and older alert revisions change nothing.

        Returns the codes of the components whose values, presence or level changed.
        """
        raise NotImplementedError

    def apply_alert(self, alert: Alert) -> bool:
        """Take one alert in; False when a newer revision is already known."""
        raise NotImplementedError

    def load(
        self,
        components: Iterable[ComponentDelta],
        alerts: Iterable[Alert],
        gateways: Iterable[GatewayState],
    ) -> None:
        """Replace everything by what the store says (``iot.ledger.Ledger.picture``)."""
        raise NotImplementedError

    def worst(self, codes: Iterable[str]) -> Level:
        """The highest level among these components."""
        raise NotImplementedError
