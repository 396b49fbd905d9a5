"""Keeping other sites' pages from acting through the browser of somebody who is here.

There is no sign-in yet, so being on this machine is all the right there is; a page of
another site that is open in a browser on this machine must not have it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from app.api.errors import ForbiddenError, WrongMediaTypeError

if TYPE_CHECKING:
    from starlette.datastructures import Headers


def require_own_page(headers: Headers) -> None:
    """Let a request that changes something pass when it is ours or no browser's.

    Browsers say where a request comes from (``Sec-Fetch-Site``, ``Origin``) and no page
    can change that. Those too old to say it send JSON across sites only after asking
    (CORS preflight), which is never granted here; so JSON is required.

    Raises:
        ForbiddenError: another site's page sent it.
        WrongMediaTypeError: it is not declared as JSON.
    """
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        raise ForbiddenError("this request came from another site's page")
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise ForbiddenError(f"this request came from {origin}, which is not this server")
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise WrongMediaTypeError("send 'Content-Type: application/json' (an empty object will do)")
