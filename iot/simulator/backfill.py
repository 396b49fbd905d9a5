"""The past hours, as a gateway sends them that stored them while its line was down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from iot.simulator.gateway import report
from iot.simulator.noise import between

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from iot.simulator.fleet import SimComponent
    from iot.simulator.incidents import Incident

#: One report of every component in so many seconds: often enough that no class counts as silent.
EVERY_S = 840
#: Most reports in one message.
CHUNK = 50


def past_reports(
    component: SimComponent, now: float, hours: float, incidents: Sequence[Incident]
) -> Iterator[list[dict[str, Any]]]:
    """Messages of at most ``CHUNK`` reports in the order of time, the newest before ``now``."""
    own = [incident for incident in incidents if component.code in incident.components]
    times = past_times(component.seed, now, hours)
    for start in range(0, len(times), CHUNK):
        yield [
            report(component.code, int(t * 1000), component.values(t, own))
            for t in times[start : start + CHUNK]
        ]


def past_times(seed: int, now: float, hours: float) -> list[float]:
    """Epoch seconds, rising, each component's a little apart from the others'."""
    newest = now - between(0.02, 0.98, seed, 7) * EVERY_S
    count = int((newest - (now - hours * 3600)) // EVERY_S) + 1
    return [newest - EVERY_S * (count - 1 - number) for number in range(max(count, 0))]
