"""The parameters of a request for features: read, checked, and linked on with."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from app.api.problems import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.api.table import Box

DEFAULT_LIMIT = 100
MAX_LIMIT = 10_000

_KNOWN = ("bbox", "limit", "offset", "datetime", "f")


@dataclass(frozen=True)
class ItemsQuery:
    """Which features are wanted.

    boxes: the bbox as one box, or two when it crosses the antimeridian; empty for all.
    wanted: attribute -> value that it must have.
    given: the parameters as they came, to repeat them in paging links.
    """

    limit: int = DEFAULT_LIMIT
    offset: int = 0
    boxes: tuple[Box, ...] = ()
    wanted: dict[str, str] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, parameters: Mapping[str, str], columns: frozenset[str]) -> ItemsQuery:
        """Read a request's parameters.

        Raises:
            Problem: 400 that names the parameter and what it takes.
        """
        given = dict(parameters)
        wanted = {key: value for key, value in given.items() if key not in _KNOWN}
        for key in wanted:
            if key not in columns:
                choices = ", ".join((*_KNOWN, *sorted(columns)))
                raise bad_request("unknown_parameter", f"no parameter '{key}'; there are {choices}")
        if given.get("f", "json") not in {"json", "geojson"}:
            raise bad_request("invalid_f", "f: only json is there")
        if "datetime" in given:
            _check_interval(given["datetime"])
        return cls(
            # The standard: more than the maximum is no error, it is answered with the maximum.
            limit=min(_integer(given, "limit", DEFAULT_LIMIT, least=1), MAX_LIMIT),
            offset=_integer(given, "offset", 0, least=0),
            boxes=parse_bbox(given["bbox"]) if "bbox" in given else (),
            wanted=wanted,
            given=given,
        )

    def link(self, offset: int) -> str:
        """The query string of another page."""
        return urlencode({**self.given, "limit": self.limit, "offset": offset})


def parse_bbox(text: str) -> tuple[Box, ...]:
    """``west,south,east,north`` in WGS 84 degrees (or six numbers with heights) as boxes.

    Raises:
        Problem: 400 that says what is wrong.
    """
    parts = text.split(",")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        numbers = []
    if len(numbers) not in {4, 6} or not all(math.isfinite(number) for number in numbers):
        raise bad_request("invalid_bbox", f"bbox='{text}': give west,south,east,north in degrees")
    if len(numbers) == 6:
        numbers = [*numbers[0:2], *numbers[3:5]]
    west, south, east, north = numbers
    if not (-180 <= west <= 180 and -180 <= east <= 180 and -90 <= south <= north <= 90):
        raise bad_request(
            "invalid_bbox",
            f"bbox='{text}': longitudes are -180 to 180, latitudes -90 to 90, south before north",
        )
    if west <= east:
        return ((west, south, east, north),)
    return (west, south, 180.0, north), (-180.0, south, east, north)


def _integer(given: Mapping[str, str], key: str, default: int, *, least: int) -> int:
    text = given.get(key)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) <= 12) or int(text) < least:
        raise bad_request(f"invalid_{key}", f"{key}='{text}': give a whole number from {least} on")
    return int(text)


def _check_interval(text: str) -> None:
    """RFC 3339 moment or interval. No layer has a time of its own, so all features match."""
    ends = [end for end in text.split("/") if end not in {"", ".."}]
    try:
        for end in ends:
            datetime.fromisoformat(end)
    except ValueError:
        ends = []
    if text.count("/") > 1 or not ends:
        raise bad_request(
            "invalid_datetime", f"datetime='{text}': give a time or an interval, RFC 3339"
        )
