"""``/api/components/{code}`` and its readings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.component import component_json
from app.api.errors import BadRequestError, NotFoundError
from app.api.models import ComponentModel, ErrorModel, ReadingPage
from app.clock import iso, now_ms, parse_moment

if TYPE_CHECKING:
    from app.services import Services
    from iot.readings import Value

#: Without ``from``: the last day.
DEFAULT_SPAN_MS = 24 * 3600 * 1000
#: Most readings in one answer.
MOST_READINGS = 50_000

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorModel} for status in (400, 404, 503)
}


def router(services: Services) -> APIRouter:
    """The routes of one component."""
    routes = APIRouter(prefix="/api/components", tags=["components"])

    @routes.get("/{code}", response_model=ComponentModel, responses={404: {"model": ErrorModel}})
    async def component(code: str) -> dict[str, Any]:
        """One component: values, presence, level, alerts, and the whole chain of responsibility."""
        return component_json(_row(services, code), services, now_ms())

    @routes.get("/{code}/readings", response_model=ReadingPage, responses=_REFUSALS)
    async def readings(
        code: str,
        metric: str,
        start: Annotated[str | None, Query(alias="from")] = None,
        end: Annotated[str | None, Query(alias="to")] = None,
    ) -> Response:
        """Readings of one metric by event time; the last 24 hours when no span is given.

        ``from`` and ``to`` are ISO 8601 with a zone, or epoch milliseconds; both count in.
        """
        _check_metric(services, _row(services, code), metric)
        first, last = span(start, end, now_ms())
        # Packed in the thread too: fifty thousand rows would hold up the live stream.
        body = await asyncio.to_thread(_readings, services, code, metric, first, last)
        return Response(body, media_type="application/json")

    return routes


def span(start: str | None, end: str | None, now: int) -> tuple[int, int]:
    """(first, last) in epoch milliseconds UTC. Raises BadRequestError with a sentence."""
    last = _moment("to", end, now)
    first = _moment("from", start, last - DEFAULT_SPAN_MS)
    if first > last:
        raise BadRequestError(f"'from' ({iso(first)}) is after 'to' ({iso(last)})")
    return first, last


def _moment(name: str, text: str | None, default: int) -> int:
    if text is None:
        return default
    try:
        return parse_moment(text)
    except ValueError as error:
        raise BadRequestError(f"'{name}': {error}") from error


def _row(services: Services, code: str) -> dict[str, Any]:
    row = services.atlas.row("components", code)
    if row is None:
        raise NotFoundError(f"there is no component '{code}'")
    return row


def _check_metric(services: Services, row: dict[str, Any], metric: str) -> None:
    """A metric that its class lacks is a mistake, unless readings of it were heard."""
    known = services.catalogue.classes.get(row["class_code"])
    names = [*(known.metrics if known else ()), *services.picture.state(row["code"]).values]
    if metric not in names:
        choices = ", ".join(dict.fromkeys(names)) or "none"
        raise BadRequestError(
            f"component '{row['code']}' has no metric '{metric}'; it has {choices}"
        )


def _readings(services: Services, code: str, metric: str, first: int, last: int) -> bytes:
    # One more than is given tells whether there are more.
    found = services.ledger.readings(code, metric, first, last, limit=MOST_READINGS + 1)
    shown = [_reading(*each) for each in found[-MOST_READINGS:]]
    return msgspec.json.encode({"readings": shown, "truncated": len(found) > MOST_READINGS})


def _reading(ts: int, value: Value, received: int) -> dict[str, Any]:
    return {"ts": iso(ts), "value": value, "received": iso(received)}
