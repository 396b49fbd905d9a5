"""What a reading has to pass: its topic, its time, its value. All raise ``Rejected``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from iot.rejections import Rejected, shown
from iot.rows import columns

if TYPE_CHECKING:
    from iot.ingest.registry import Component, Series
    from iot.readings import Value
    from iot.settings import IntakeSettings

#: Our own branch of the topics; no gateway may have its name.
RESERVED = "live"
#: As the store keeps a gateway's name.
_MOST_NAME = 128


@dataclass(frozen=True)
class Limits:
    """Bounds of what is taken: milliseconds and bytes."""

    future_ms: int
    history_ms: int
    max_payload: int

    @classmethod
    def of(cls, settings: IntakeSettings) -> Limits:
        """As the settings say."""
        return cls(settings.future_s * 1000, settings.history_h * 3_600_000, settings.max_payload)


def check_topic(topic: str) -> tuple[str, str]:
    """``onemap/v1/{gateway}/{kind}`` -> gateway and kind."""
    parts = topic.split("/")
    gateway = parts[2] if len(parts) == 4 else ""
    if gateway == RESERVED or not is_gateway_name(gateway):
        raise Rejected("bad_topic", topic=shown(topic, 200)[1:-1])
    return gateway, parts[3]


def is_gateway_name(name: str) -> bool:
    """Whether the store can keep it and a person read it."""
    return 0 < len(name) <= _MOST_NAME and name.isprintable()


def check_time(component: str, ts: int, now: int, limits: Limits) -> None:
    """Not too far ahead of our clock, and not so old that it would not be kept."""
    if ts > now + limits.future_ms:
        ahead, limit = (ts - now) // 1000, limits.future_ms // 1000
        raise Rejected("future_time", component=component, time=_iso(ts), ahead=ahead, limit=limit)
    if ts < now - limits.history_ms:
        limit = limits.history_ms // 3_600_000
        raise Rejected("too_old", component=component, time=_iso(ts), limit=limit)


def check_value(series: Series, value: Value) -> tuple[float | None, str | None]:
    """A value as its columns, when it is of its metric's kind and range; 0 and 1 are bools too."""
    metric = series.metric
    if metric.kind == "bool" and not isinstance(value, str) and value in (0, 1):
        return columns(bool(value))
    if metric.kind == "string" and isinstance(value, str):
        return columns(value)
    if metric.kind == "number" and isinstance(value, float):
        if series.low <= value <= series.high:
            return value, None
        raise Rejected(
            "out_of_range",
            component=series.component,
            metric=metric.name,
            value=f"{value:g}",
            low=f"{series.low:g}",
            high=f"{series.high:g}",
            unit=metric.unit,
        )
    wanted = {"number": "a number", "bool": "true or false", "string": "text"}[metric.kind]
    where = f"'{metric.name}' of component '{series.component}'"
    raise Rejected("wrong_type", where=where, found=shown(value), wanted=wanted)


def no_such_series(component: Component, metric: str) -> Rejected:
    """The class has no such metric; names those it has."""
    known = component.rules.known
    return Rejected(
        "unknown_metric",
        component=component.code,
        class_code=known.code,
        metric=shown(metric)[1:-1],
        choices=", ".join(known.metrics),
    )


def _iso(ts: int) -> str:
    try:
        return datetime.fromtimestamp(ts / 1000, tz=UTC).isoformat(timespec="seconds")
    except (OverflowError, ValueError, OSError):
        return f"{ts} ms"
