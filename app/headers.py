"""What every answer says to the browser about safety and caching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Assets carry their time of change in the query (Dash's ``?m=``), so they never change.
FOR_EVER = "public, max-age=31536000, immutable"
#: Kept, but asked for each time (ETag, Last-Modified).
ASK_AGAIN = "no-cache"


def content_security_policy(script_hashes: Iterable[str]) -> str:
    """Everything from this server only, and no script in the page but Dash's own, by hash.

    Styles: Leaflet, Mantine and Plotly set them inline and cannot do otherwise.
    """
    policy = {
        "default-src": "'self'",
        "script-src": " ".join(("'self'", *script_hashes)),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "font-src": "'self' data:",
        "worker-src": "'self' blob:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in policy.items())


@dataclass
class Headers:
    """ASGI middleware, none of Starlette's: that one would hold back streams.

    policy: the Content-Security-Policy of every answer.
    """

    app: ASGIApp
    policy: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add what is missing to the answer's headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", self.policy)
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("X-Frame-Options", "DENY")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                headers.setdefault("Cache-Control", _caching(scope, message["status"]))
            await send(message)

        await self.app(scope, receive, send_with)


def _caching(scope: Scope, status: int) -> str:
    dated = "m" in parse_qs(scope["query_string"].decode("latin-1"))
    asset = scope["path"].startswith("/assets/") and status == 200
    return FOR_EVER if asset and dated else ASK_AGAIN
