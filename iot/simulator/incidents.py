"""Told incidents: what goes wrong, where, and how it shows, as pure functions of time.

An incident rises, lasts and passes again. Its ``Kind`` says which metrics of which
classes it moves and how far; the extremes are those DOMAIN.md section 4 calls
alarming, so that the default rules find them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from iot.readings import Value
    from iot.simulator.signals import Moment

    #: (value of a quiet day, strength 0-1, component at its moment) -> value now.
    Effect = Callable[[Value, float, Moment], Value]


@dataclass(frozen=True)
class Kind:
    """One story.

    place: what its components have in common: one component, a town, a project, a gateway.
    effects: (class code, metric) -> effect. Empty: the gateway says nothing.
    rise_s, last_s, fall_s: how long it takes to come, stays, takes to pass, seconds.
    most: how many components it touches at most.
    every_s: its report interval while it goes on: sensors send at once what is urgent.
    """

    name: str
    place: str
    effects: Mapping[tuple[str, str], Effect]
    rise_s: float
    last_s: float
    fall_s: float
    most: int = 1
    every_s: float = 10.0

    @property
    def classes(self) -> frozenset[str]:
        """Class codes that it touches."""
        return frozenset(code for code, _ in self.effects)

    @property
    def length_s(self) -> float:
        """From its first sign to its last."""
        return self.rise_s + self.last_s + self.fall_s


@dataclass(frozen=True)
class Incident:
    """A kind at its place and time. start: epoch seconds UTC. gateway: the one that is silent."""

    kind: Kind
    start: float
    components: frozenset[str] = field(default_factory=frozenset)
    gateway: str | None = None

    @property
    def end(self) -> float:
        """Epoch seconds UTC; all is as before from then on."""
        return self.start + self.kind.length_s

    def strength(self, t: float) -> float:
        """0 before and after, 1 while it lasts, straight lines between."""
        since, left = t - self.start, self.end - t
        if since <= 0 or left <= 0:
            return 0.0
        return min(since / self.kind.rise_s, left / self.kind.fall_s, 1.0)

    def change(self, class_code: str, metric: str, calm: Value, m: Moment) -> Value:
        """The value while it goes on; ``calm`` when it does not touch that metric."""
        effect = self.kind.effects.get((class_code, metric))
        strength = self.strength(m.t)
        return calm if effect is None or strength == 0.0 else effect(calm, strength, m)


def towards(low: float, high: float) -> Effect:
    """To a level between low and high that is the component's own."""

    def effect(calm: Value, strength: float, m: Moment) -> Value:
        return float(calm) + (m.own(low, high, 40) - float(calm)) * strength

    return effect


def adding(low: float, high: float) -> Effect:
    """On top of the quiet day's level, between low and high."""

    def effect(calm: Value, strength: float, m: Moment) -> Value:
        return float(calm) + m.own(low, high, 41) * strength

    return effect


def happening(value: Value = True) -> Effect:
    """An event: there or not."""

    def effect(calm: Value, strength: float, _m: Moment) -> Value:
        return value if strength >= 0.5 else calm

    return effect


_COVERS = ("01002", "01003")

RAINSTORM = Kind(
    "rainstorm",
    "town",
    {
        ("01067", "depth"): towards(5, 29),
        ("01901", "rain"): towards(22, 48),
        ("01901", "level"): towards(3.7, 4.2),
        ("01902", "turbidity"): adding(15, 45),
    },
    rise_s=150,
    last_s=240,
    fall_s=210,
    most=9,
)
SITE_NIGHT = Kind(
    "site-night",
    "project",
    {
        ("03010", "tsp"): towards(620, 900),
        ("03010", "pm10"): towards(170, 260),
        ("03010", "pm25"): towards(52, 68),
        ("03010", "leq"): towards(75, 83),
        ("03013", "leq"): towards(75, 83),
    },
    rise_s=90,
    last_s=1_500,
    fall_s=150,
    most=2,
)
BIN = Kind(
    "bin",
    "component",
    {("03005", "fill"): towards(88, 98)},
    rise_s=60,
    last_s=600,
    fall_s=15,
    every_s=20,
)
COVER = Kind(
    "cover",
    "component",
    {(code, "tilt"): towards(36, 68) for code in _COVERS},
    rise_s=6,
    last_s=210,
    fall_s=6,
    every_s=5,
)
SMOKE = Kind(
    "smoke",
    "component",
    {("01903", "smoke"): happening(), ("01903", "temp"): towards(55, 68)},
    rise_s=20,
    last_s=120,
    fall_s=30,
    every_s=5,
)
ELEVATOR = Kind(
    "elevator",
    "component",
    {("01076", "trapped"): happening(), ("01076", "fault"): happening()},
    rise_s=4,
    last_s=270,
    fall_s=4,
    every_s=5,
)
HYDRANT = Kind(
    "hydrant",
    "component",
    {("01013", "pressure"): towards(0.05, 0.09), ("01013", "leak"): happening()},
    rise_s=20,
    last_s=480,
    fall_s=30,
)
CHARGING = Kind(
    "charging",
    "component",
    {("01054", "temp"): towards(64, 72), ("01054", "current"): adding(8, 14)},
    rise_s=120,
    last_s=300,
    fall_s=180,
)
CAMERA = Kind(
    "camera",
    "component",
    {("01050", "bitrate"): towards(0, 40), ("01050", "fault"): happening()},
    rise_s=5,
    last_s=600,
    fall_s=5,
    every_s=30,
)
WATER = Kind(
    "water",
    "component",
    {("01902", "do"): towards(2.4, 3.6), ("01902", "nh3n"): towards(1.3, 1.9)},
    rise_s=240,
    last_s=900,
    fall_s=300,
    every_s=30,
)
GATEWAY_LOSS = Kind("gateway-loss", "gateway", {}, rise_s=1, last_s=118, fall_s=1)

KINDS = (
    RAINSTORM,
    SITE_NIGHT,
    BIN,
    COVER,
    SMOKE,
    ELEVATOR,
    HYDRANT,
    CHARGING,
    CAMERA,
    WATER,
    GATEWAY_LOSS,
)
