"""What a component measures on a quiet day: pure functions of (class, metric, seed, time).

The levels are those of an ordinary day in the sense of DOMAIN.md section 4: below
every threshold there, in the units of the catalogue we ship. A class or metric
that is not in ``SIGNALS`` (a site's own catalogue) gets ``ordinary``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot.simulator.noise import between, drift, unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from iot.catalogue import ComponentClass, Metric
    from iot.readings import Value

#: Asia/Shanghai has had no daylight saving since 1991: a fixed offset, seconds.
ZONE_S = 8 * 3600
DAY_S = 86_400
#: About one battery in so many wants changing.
WEAK_BATTERIES = 500


@dataclass(frozen=True, slots=True)
class Moment:
    """A component (by its seed) at a time: ``t`` epoch seconds UTC, ``hour`` 0-24 local."""

    seed: int
    t: float

    @property
    def hour(self) -> float:
        """Local time of day in hours."""
        return (self.t + ZONE_S) % DAY_S / 3600

    @property
    def day(self) -> int:
        """Local days since 1970-01-01."""
        return int((self.t + ZONE_S) // DAY_S)

    def wave(self, peak_hour: float) -> float:
        """A daily curve in [-1, 1] with its top at ``peak_hour``."""
        return math.cos((self.hour - peak_hour) / 24 * 2 * math.pi)

    def noise(self, period: float = 900, salt: int = 0) -> float:
        """A smooth random curve in [-1, 1] of this component's own."""
        return drift(self.seed + salt, self.t, period)

    def own(self, low: float, high: float, salt: int = 0) -> float:
        """A constant of this component's own."""
        return between(low, high, self.seed, salt)


def battery(m: Moment) -> float:
    """Per cent: 45 to 100, falling by one in ten days; a few are weak."""
    if unit(m.seed, 90) * WEAK_BATTERIES < 1:
        return 12 + 4 * unit(m.seed, 91)
    return 100 - (m.own(0, 55, 92) + m.t / DAY_S / 10) % 55


def air_temperature(m: Moment) -> float:
    """Degrees Celsius outdoors: a mild day with its top at 15 h."""
    return 21 + 5 * m.wave(15) + 1.2 * m.noise(3600)


def bin_fill(m: Moment) -> float:
    """Per cent: fills over the day from its emptying at about 5 h, to 35-70."""
    since = (m.hour - m.own(4, 6, 1)) % 24 / 24
    return 4 + m.own(32, 62, 2) * since + 2 * m.noise(1800)


def lamp_on(m: Moment) -> bool:
    """Street lamps burn from dusk to dawn, each with its own sensor."""
    return m.hour >= 18.2 + m.own(0, 0.4, 3) or m.hour < 5.4 + m.own(0, 0.4, 4)


def lamp_current(m: Moment) -> float:
    """Ampere."""
    return m.own(0.55, 0.85, 5) + 0.02 * m.noise() if lamp_on(m) else 0.0


def lamp_power(m: Moment) -> float:
    """Watt."""
    return lamp_current(m) * 228


def charging_current(m: Moment) -> float:
    """Ampere of a shed of charging bicycles: most of it in the evening."""
    return max(0.0, 6 + 5 * m.wave(21) + 2 * m.noise(1200))


def street_noise(day: float, night: float) -> Callable[[Moment], float]:
    """dB(A): two levels with soft edges at 6 and 22 h."""

    def signal(m: Moment) -> float:
        awake = min(max((m.hour - 5.8) / 1.2, 0.0), 1.0) * min(max((21.8 - m.hour) / 1.2, 0.0), 1.0)
        return night + (day - night) * awake + 2.0 * m.noise(300) + m.own(-1.5, 1.5)

    return signal


def parking_taken(m: Moment) -> float:
    """Vehicles in a lot of 60 to 240 places: full at noon and in the evening."""
    share = 0.52 + 0.22 * m.wave(14) + 0.06 * m.noise(1800)
    return round(parking_places(m) * share)


def parking_places(m: Moment) -> int:
    """How many places the lot has."""
    return 60 + 20 * int(m.own(0, 10, 7))


def lift_floor(m: Moment) -> float:
    """The floor: another one every half minute by day, the ground floor by night."""
    if m.hour < 5.5 and unit(m.seed, int(m.t // 600)) < 0.9:
        return 1
    return 1 + int(m.own(6, 18, 8) * unit(m.seed + 1, int(m.t // 30)))


def around(
    low: float, high: float, swing: float = 0.0, period: float = 900, daily: float = 0.0
) -> Callable[[Moment], float]:
    """A level of the component's own between low and high, with noise and a daily wave."""

    def signal(m: Moment) -> float:
        return m.own(low, high) + swing * m.noise(period) + (daily * m.wave(15) if daily else 0.0)

    return signal


def never(_m: Moment) -> bool:
    """Something that does not happen on a quiet day."""
    return False


def nothing(_m: Moment) -> float:
    """A dry road, a dry sky."""
    return 0.0


_COVER: dict[str, Callable[[Moment], Value]] = {
    "tilt": around(0.3, 3.0, 0.3),
    "open": never,
    "battery": battery,
}

#: Class code -> metric -> signal.
SIGNALS: dict[str, dict[str, Callable[[Moment], Value]]] = {
    "01002": _COVER,
    "01003": _COVER,
    "01067": {"depth": nothing, "battery": battery},
    "01901": {"level": around(2.85, 3.1, 0.06, 7200), "rain": nothing},
    "01902": {
        "ph": around(7.2, 7.9, 0.1, 3600),
        "do": around(6.6, 7.8, 0.25, 3600, daily=0.5),
        "codmn": around(2.6, 4.2, 0.3, 7200),
        "nh3n": around(0.15, 0.45, 0.06, 7200),
        "tp": around(0.04, 0.11, 0.012, 7200),
        "turbidity": around(8, 20, 3, 3600),
    },
    "03010": {
        "tsp": around(90, 150, 25),
        "pm10": around(36, 52, 8),
        "pm25": around(14, 24, 4),
        "leq": street_noise(59, 46),
        "wind": around(1.2, 2.8, 0.9, 600),
        "temp": air_temperature,
        "rh": around(55, 70, 4, 3600, daily=-10),
    },
    "03013": {"leq": street_noise(54, 43)},
    "01013": {"pressure": around(0.27, 0.34, 0.012), "tilt": around(0.2, 2.5, 0.2), "leak": never},
    "01903": {"smoke": nothing, "temp": around(20, 25, 0.8, 3600, daily=1.5), "battery": battery},
    "01037": {
        "on": lamp_on,
        "voltage": around(226, 231, 2.0),
        "current": lamp_current,
        "power": lamp_power,
    },
    "03005": {"fill": bin_fill, "temp": air_temperature, "tilt": around(0.3, 3.5, 0.3)},
    "02001": {
        "occupied": parking_taken,
        "free": lambda m: parking_places(m) - parking_taken(m),
    },
    "01076": {"floor": lift_floor, "trapped": never, "fault": never},
    "01054": {
        "temp": around(26, 31, 1.0, 1800, daily=3),
        "current": charging_current,
        "power": lambda m: charging_current(m) * 228 / 1000,
        "smoke": never,
    },
    "01050": {"bitrate": around(3_400, 4_600, 300), "fault": never},
}


def calm_value(of: ComponentClass, metric: Metric, m: Moment) -> Value:
    """The value on a quiet day, in the metric's kind, inside its valid range, with its decimals."""
    signal = SIGNALS.get(of.code, {}).get(metric.name)
    raw = signal(m) if signal is not None else ordinary(of, metric, m)
    return fitted(metric, raw)


def ordinary(of: ComponentClass, metric: Metric, m: Moment) -> Value:
    """For what we know nothing of: quiet noise inside the valid range, off every threshold."""
    if metric.kind == "bool":
        return False
    if metric.kind == "string":
        return "ok"
    low, high = quiet_band(of, metric)
    return (low + high) / 2 + (high - low) * (0.2 * m.noise(1800) + m.own(-0.1, 0.1))


def quiet_band(of: ComponentClass, metric: Metric) -> tuple[float, float]:
    """The part of the valid range where no rule of the class has a threshold, at its lower end."""
    low = 0.0 if metric.min is None else metric.min
    high = low + 100 if metric.max is None else metric.max
    for rule in of.rules:
        if rule.metric != metric.name:
            continue
        for side, limit in _limits(rule.settings):
            if side == "above":
                high = min(high, limit)
            else:
                low = max(low, limit)
    return (low, high) if low < high else (high, high)


def _limits(settings: object) -> list[tuple[str, float]]:
    """Every ("above" | "below", number) in a rule's settings, however deep (steps are lists)."""
    found: list[tuple[str, float]] = []
    if isinstance(settings, dict) or hasattr(settings, "items"):
        for name, value in settings.items():
            if name in ("above", "below") and isinstance(value, int | float):
                found.append((name, float(value)))
            else:
                found += _limits(value)
    elif isinstance(settings, list | tuple):
        for value in settings:
            found += _limits(value)
    return found


def fitted(metric: Metric, raw: Value) -> Value:
    """A raw value as the metric has it: its kind, its valid range, its decimals."""
    if metric.kind == "bool":
        return bool(raw)
    if metric.kind == "string":
        return str(raw)
    number = float(raw)
    if metric.min is not None:
        number = max(number, metric.min)
    if metric.max is not None:
        number = min(number, metric.max)
    return round(number, metric.decimals)
