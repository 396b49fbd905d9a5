"""``/healthz``: 200 when broker, store and stream are well, else 503 that names which."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import msgspec
from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from app.clock import now_ms
from iot.broker.info import read_info

if TYPE_CHECKING:
    from app.services import Services


def router(services: Services) -> APIRouter:
    """The health route. It reads nothing that can block for long: what it says is known already."""
    routes = APIRouter(tags=["operation"], include_in_schema=False)

    @routes.get("/healthz")
    async def healthz() -> Response:
        body = health(services, now_ms())
        return JSONResponse(body, 200 if body["status"] == "ok" else 503)

    return routes


def health(services: Services, now: int) -> dict[str, Any]:
    """What ``/healthz`` says at ``now``, epoch milliseconds UTC."""
    feed = services.feed
    stale = feed.vitals.staleness(now)
    cause = None if stale is None else stale.cause
    parts = {
        "broker": _broker(services),
        "store": {"ok": feed.reads > 0 and cause != "store"},
        "stream": {"ok": stale is None, "age_s": _age_s(feed.vitals.data_at, now)},
    }
    if stale is not None:
        named = "stream" if stale.cause == "ingest" else stale.cause
        parts[named]["problem"] = stale.detail
    failing = [name for name, part in parts.items() if not part["ok"]]
    return {
        "status": "ok" if not failing else "failing: " + ", ".join(failing),
        **parts,
        "components": len(feed.columns.standing.codes),
        "atlas": feed.columns.standing.version,
        "version": version("onemap"),
    }


def _broker(services: Services) -> dict[str, Any]:
    info = read_info(services.settings.mqtt, services.settings.data / "broker")
    told: dict[str, Any] = msgspec.to_builtins(info)
    told.pop("address", None)  # it may carry more than an onlooker should know
    return {"ok": services.feed.vitals.connected, **told}


def _age_s(data_at: int | None, now: int) -> float | None:
    return None if data_at is None else round(max(0, now - data_at) / 1000, 3)
