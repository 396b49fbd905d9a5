"""``/api/catalogue``: component classes with their metrics and rules, as this site has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter

from iot.catalogue import describe

if TYPE_CHECKING:
    from app.services import Services


def router(services: Services) -> APIRouter:
    """The catalogue's route."""
    routes = APIRouter(tags=["catalogue"])

    @routes.get("/api/catalogue", response_model=dict[str, list[dict[str, Any]]])
    async def catalogue() -> dict[str, Any]:
        """Classes, metrics with units and valid ranges, rules with their sources."""
        return describe(services.catalogue)

    return routes
