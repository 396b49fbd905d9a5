"""``/api/alerts``: what is wrong and what was, and saying "seen"."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request

from app.api.errors import BadRequestError, ConflictError, NotFoundError
from app.api.guard import require_own_page
from app.api.models import AlertModel, AlertPage, ErrorModel
from app.clock import now_ms
from app.live.alert_json import alert_json
from iot.levels import Level

if TYPE_CHECKING:
    from app.services import Services
    from geodata.atlas import Atlas
    from iot.alerts import Alert

MOST = 1_000
#: As large as the store's column.
AlertId = Annotated[int, Path(ge=1, le=2_147_483_647)]
#: Until there is sign-in nobody's name can be trusted, so none is asked for.
WHO = "web"
#: Whose codes ``area`` may be.
AREA_LAYERS = ("towns", "communities", "grids", "enforcement_areas", "district")

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorModel} for status in (400, 403, 404, 409, 415, 503)
}


def router(services: Services) -> APIRouter:
    """The routes of alerts."""
    routes = APIRouter(prefix="/api/alerts", tags=["alerts"])

    @routes.get("", response_model=AlertPage, responses={400: {"model": ErrorModel}})
    async def alerts(
        state: Literal["open", "all"] = "open",
        level: Annotated[list[str] | None, Query()] = None,
        area: str | None = None,
        component: str | None = None,
        limit: Annotated[int, Query(ge=1, le=MOST)] = 200,
        cursor: str | None = None,
    ) -> dict[str, Any]:
        """Alerts, newest first. ``open`` means not cleared, acknowledged ones too.

        ``level`` may be repeated or a list with commas; ``area`` is the code of a town,
        community, grid or enforcement area; ``cursor`` comes from ``next``.
        """
        levels = parse_levels(level or [])
        components = _components(services.atlas, area, component)
        found = await asyncio.to_thread(
            services.ledger.alerts,
            state=state,
            levels=levels,
            components=components,
            before=parse_cursor(cursor),
            limit=limit + 1,  # one more than is given tells whether there are more
        )
        asked = {"state": state, "level": ",".join(levels), "area": area, "component": component}
        page = found[:limit]
        more = len(found) > limit
        return {
            "alerts": [_json(services, alert) for alert in page],
            "next": _next({**asked, "limit": limit}, page[-1]) if more else None,
        }

    @routes.post("/{alert_id}/ack", response_model=AlertModel, responses=_REFUSALS)
    async def acknowledge(request: Request, alert_id: AlertId) -> dict[str, Any]:
        """Somebody has seen it. Again changes nothing; a cleared one is a conflict."""
        require_own_page(request.headers)
        alert = await asyncio.to_thread(services.ledger.acknowledge, alert_id, WHO, now_ms())
        if alert is None:
            raise NotFoundError(f"there is no alert {alert_id}")
        if alert.state == "cleared":
            raise ConflictError(f"alert {alert_id} has cleared already; there is nothing to see to")
        services.feed.announce(alert)
        return _json(services, alert)

    return routes


def parse_levels(texts: list[str]) -> list[str]:
    """Level names, repeated or with commas. Raises BadRequestError that lists the choices."""
    try:
        parsed = [
            Level.parse(name.strip()) for text in texts for name in text.split(",") if name.strip()
        ]
    except ValueError as error:
        raise BadRequestError(f"'level': {error}") from error
    return [level.name.lower() for level in dict.fromkeys(parsed)]


def parse_cursor(cursor: str | None) -> tuple[int, int] | None:
    """(opened_at, id) of the last alert given. Raises BadRequestError."""
    if cursor is None:
        return None
    given = re.fullmatch(r"(\d{1,15})-(\d{1,18})", cursor)
    if given is None:
        raise BadRequestError(f"'cursor': '{cursor}' is not one of ours; take it from 'next'")
    return int(given[1]), int(given[2])


def _components(atlas: Atlas, area: str | None, component: str | None) -> list[str] | None:
    """Codes to choose from; None for all."""
    if component is not None:
        inside = area is None or component in (_members(atlas, area))
        return [component] if inside else []
    return None if area is None else _members(atlas, area)


def _members(atlas: Atlas, area: str) -> list[str]:
    for layer in AREA_LAYERS:
        if area in atlas.layers[layer].index:
            return atlas.within("components", layer, area)
    raise BadRequestError(
        f"'area': '{area}' is no town, community, grid or enforcement area on this map"
    )


def _next(asked: dict[str, Any], last: Alert) -> str:
    query = {name: value for name, value in asked.items() if value}
    return f"/api/alerts?{urlencode({**query, 'cursor': f'{last.opened_at}-{last.id}'})}"


def _json(services: Services, alert: Alert) -> dict[str, Any]:
    return alert_json(alert, services.feed.columns.standing, services.catalogue)
