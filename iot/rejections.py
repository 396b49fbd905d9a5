"""Why a message or a reading was not taken: the one table of reasons.

Whatever is refused is told to its sender by one of these names, with a sentence
that names the culprit and the way out (topic ``onemap/v1/{gateway}/rejected``).
"""

from __future__ import annotations

from typing import Any

#: Reason -> sentence. ``{…}`` is filled with what was found.
REASONS: dict[str, str] = {
    "empty": "the payload is empty; send a JSON object or an array of them",
    "too_large": "{size} bytes are more than the {limit} a message may have; "
    "send fewer readings at once",
    "bad_topic": "'{topic}' names no gateway that may publish; use onemap/v1/{{gateway}}/readings "
    "with a name of 1 to 128 visible characters that is not 'live'",
    "unknown_gateway": "gateway '{gateway}' carries no component of the map, and {most} such are "
    "known already; name it in the components' column 'gateway'",
    "not_utf8": "byte {position} is not UTF-8; encode the text as UTF-8",
    "not_json": "this is not JSON: {problem}; send a JSON object or an array of them",
    "missing_id": "{where} has no 'id'; give the component's code as text",
    "missing_values": "{where} has no 'values'; give {{\"<metric>\": value}} with at least one",
    "wrong_type": "{where} is {found}, it has to be {wanted}",
    "unknown_component": "component '{component}' is not on the map; import it or correct the code",
    "unknown_class": "component '{component}' is of class '{class_code}', which the catalogue "
    "lacks; add the class there or correct the component",
    "unknown_metric": "class '{class_code}' of component '{component}' has no metric '{metric}'; "
    "it has {choices}",
    "not_a_number": "{where} is {found}, which is not a number; leave it out when it is not known",
    "bad_time": "{where} is {found}; give epoch seconds or milliseconds, or ISO 8601 with its "
    "zone, e.g. 2026-07-01T08:00:00+08:00",
    "future_time": "the time {time} of component '{component}' is {ahead} s ahead of ours, "
    "{limit} s are allowed; set the device's clock",
    "too_old": "the time {time} of component '{component}' is more than {limit} h ago; "
    "such readings are not kept",
    "out_of_range": "{metric} = {value} of component '{component}' is outside {low} to {high} "
    "{unit}; check the sensor and its unit",
    "retained_without_time": "a retained message without 'ts' says nothing of when it was measured;"
    " give a 'ts', or publish readings without the retain flag",
}


class Rejected(Exception):  # noqa: N818 - a verdict on a message, not a fault of ours
    """A payload or one of its readings is refused.

    reason: a key of ``REASONS``. detail: its sentence, filled in.
    """

    def __init__(self, reason: str, **facts: Any) -> None:
        self.reason = reason
        self.detail = REASONS[reason].format(**facts)
        super().__init__(f"{reason}: {self.detail}")


def shown(value: object, most: int = 60) -> str:
    """A value from outside as it may stand in a sentence: short, on one line."""
    text = repr(value)
    return text if len(text) <= most else f"{text[:most]}…"
