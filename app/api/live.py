"""``/api/live`` (Server-Sent Events) and ``/api/live/snapshot``; see ``docs/live.md``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request  # FastAPI reads the annotations at run time
from starlette.responses import Response

from app.api.errors import BusyError

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from app.live.stream import Client, Hub
    from app.services import Services

#: What a browser waits before it comes back, milliseconds.
RETRY_MS = 1_000
#: What one that was cut is given to take its last bytes, seconds.
FAREWELL_S = 1.0
#: Streams at once. Each is a file and up to 4 MiB that wait for its browser; past a thousand files
#: the MQTT client's ``select`` could not look at its own connection any more.
MOST_CLIENTS = 400


def router(services: Services) -> APIRouter:
    """The live routes."""
    routes = APIRouter(prefix="/api/live", tags=["live"])

    @routes.get(
        "",
        summary="Server-Sent Events: state, alert, presence, case, heartbeat",
        response_class=Response,
        responses={200: {"content": {"text/event-stream": {}}}},
    )
    async def live(request: Request, since: str | None = None) -> Response:
        """The stream; resumes after ``Last-Event-ID`` or, at a first connection, ``since``."""
        if len(services.feed.stream.clients) >= MOST_CLIENTS:
            raise BusyError(f"{MOST_CLIENTS} streams are open already; close some pages")
        return EventStream(services.feed.stream, request.headers.get("last-event-id") or since)

    @routes.get(
        "/snapshot",
        summary="The whole live picture, binary",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {}}}},
    )
    async def snapshot() -> Response:
        """The picture as of the event that its header names."""
        return Response(services.feed.snapshot(), media_type="application/octet-stream")

    return routes


class EventStream(Response):
    """One browser's stream, until it goes, is cut, or the program ends."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, last_event_id: str | None) -> None:
        super().__init__()
        self._hub = hub
        self._last_event_id = last_event_id
        del self.headers["content-length"]
        self.headers["cache-control"] = "no-store"
        # nginx would collect the events otherwise.
        self.headers["x-accel-buffering"] = "no"

    async def __call__(
        self,
        scope: Scope,  # noqa: ARG002 - the signature of ASGI
        receive: Receive,
        send: Send,
    ) -> None:
        """Send what is queued, and notice when the browser goes even while nothing is sent."""
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        client = self._hub.connect(self._last_event_id)
        tasks = [
            asyncio.create_task(_pump(client, send)),
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(client.ended()),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.disconnect(client)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await _farewell(send)


async def _pump(client: Client, send: Send) -> None:
    body = f"retry: {RETRY_MS}\n\n".encode()
    while not client.closed:
        await send({"type": "http.response.body", "body": body, "more_body": True})
        body = await client.take()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _farewell(send: Send) -> None:
    """End the body in order; one that does not read is not waited for."""
    last = {"type": "http.response.body", "body": b"", "more_body": False}
    try:
        await asyncio.wait_for(send(last), FAREWELL_S)
    except (TimeoutError, OSError):
        return
