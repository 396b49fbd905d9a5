"""Which incidents happen when: a story line a kind, each incident fixed by (seed, kind, number).

Nothing is drawn or remembered while it runs: what goes on at a time is a function of
the seed, the start and that time.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot.simulator import incidents as told
from iot.simulator.incidents import Incident, Kind
from iot.simulator.noise import seed_of, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from iot.simulator.fleet import Fleet, SimComponent


@dataclass(frozen=True)
class Line:
    """One kind happening again and again: first after ``first_s``, then every ``every_s``.

    A negative ``first_s`` is before the start: it is going on already.
    """

    kind: Kind
    first_s: float
    every_s: float


#: In a district of 3 000 components this keeps about 1-4 red, 3-8 orange and 5-15
#: yellow alerts open: few enough that each is seen (tests/iot/test_simulator_plan.py).
ALL = (
    Line(told.COVER, 18, 150),
    Line(told.BIN, -560, 130),
    Line(told.RAINSTORM, 60, 1_200),
    Line(told.SITE_NIGHT, -120, 1_500),
    Line(told.HYDRANT, -240, 420),
    Line(told.CAMERA, -500, 380),
    Line(told.WATER, -700, 900),
    Line(told.CHARGING, -150, 700),
    Line(told.SMOKE, 200, 800),
    Line(told.ELEVATOR, 330, 950),
    Line(told.GATEWAY_LOSS, 260, 1_100),
)

SCENARIOS: dict[str, tuple[Line, ...]] = {
    "all": ALL,
    "calm": (),
    "rainstorm": (Line(told.RAINSTORM, 3, 720),),
    "site-night": (Line(told.SITE_NIGHT, 3, 1_800),),
    "bins": (Line(told.BIN, 3, 25),),
    "covers": (Line(told.COVER, 3, 30),),
    "gateway-loss": (Line(told.GATEWAY_LOSS, 10, 180),),
}

#: Incidents are kept so that each is made once, not for weeks on end.
MEMORY = 500

#: What a history tells of: hours before now at which these began (a rain last night).
HISTORY = (
    (told.SITE_NIGHT, 15.0),
    (told.RAINSTORM, 11.5),
    (told.WATER, 9.0),
    (told.BIN, 7.0),
    (told.COVER, 6.2),
    (told.BIN, 4.5),
    (told.HYDRANT, 3.4),
    (told.CHARGING, 2.6),
)
#: In a history things last longer, since it has a reading only every twenty minutes.
HISTORY_STRETCH = 12.0


@dataclass
class Plan:
    """What happens to a fleet from ``start`` (epoch seconds UTC) on."""

    fleet: Fleet
    lines: Sequence[Line]
    seed: int
    start: float
    _made: dict[tuple[str, int], Incident | None] = field(default_factory=dict, init=False)

    def active(self, t: float) -> list[Incident]:
        """What goes on at ``t``, in the order of the lines."""
        return list(self._active(t))

    def _active(self, t: float) -> Iterator[Incident]:
        for line in self.lines:
            since = t - self.start - line.first_s
            if since < 0:
                continue
            newest = int(since // line.every_s)
            oldest = max(0, int((since - line.kind.length_s) // line.every_s))
            for number in range(oldest, newest + 1):
                incident = self._incident(line, number)
                if incident is not None and incident.start <= t < incident.end:
                    yield incident

    def _incident(self, line: Line, number: int) -> Incident | None:
        key = (line.kind.name, number)
        if len(self._made) > MEMORY:
            self._made.clear()
        if key not in self._made:
            start = self.start + line.first_s + number * line.every_s
            self._made[key] = place(self.fleet, line.kind, start, self.seed, number)
        return self._made[key]


def history(fleet: Fleet, seed: int, now: float, hours: float) -> list[Incident]:
    """Past incidents of the last ``hours``; the newest is over well before ``now``."""
    found = []
    for number, (kind, ago) in enumerate(HISTORY):
        long = stretched(kind, HISTORY_STRETCH)
        incident = place(fleet, long, now - ago * 3600, seed, 1_000 + number)
        if incident is not None and ago <= hours and incident.end < now - 1_800:
            found.append(incident)
    return found


def stretched(kind: Kind, factor: float) -> Kind:
    """The same story told slower, but no longer than three hours."""
    factor = min(factor, 3 * 3600 / kind.length_s)
    return Kind(
        kind.name,
        kind.place,
        kind.effects,
        kind.rise_s * factor,
        kind.last_s * factor,
        kind.fall_s * factor,
        kind.most,
        kind.every_s,
    )


def place(fleet: Fleet, kind: Kind, start: float, seed: int, number: int) -> Incident | None:
    """The incident of that number at its place; None when the fleet has nothing it could touch."""
    dice = seed_of(kind.name, seed)
    if kind.place == "gateway":
        if not fleet.gateways:
            return None
        name = fleet.gateways[int(unit(dice, number) * len(fleet.gateways))]
        return Incident(kind, start, gateway=name)
    able = [each for each in fleet.components if each.of.code in kind.classes]
    groups: dict[str, list[SimComponent]] = {}
    for each in able:
        key = _PLACES[kind.place](each)
        if key is not None:
            groups.setdefault(key, []).append(each)
    if not groups:
        return None
    chosen = groups[sorted(groups)[int(unit(dice, number) * len(groups))]]
    chosen = sorted(chosen, key=lambda each: unit(each.seed, number))[: kind.most]
    return Incident(kind, start, frozenset(each.code for each in chosen))


_PLACES: dict[str, Callable[[SimComponent], str | None]] = {
    "component": lambda each: each.code,
    "town": lambda each: each.town,
    "project": lambda each: each.project,
}
