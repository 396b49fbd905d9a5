"""What clients of the API are told when something goes wrong: one table, one form.

``{"error": code, "detail": sentence}``; the sentence names the culprit and the way out.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, PlainTextResponse, Response

from geodata.errors import GeodataError
from iot.mqtt import NotConnectedError
from store.errors import StoreError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.requests import Request

log = logging.getLogger(__name__)


class ApiError(Exception):
    """Base of what endpoints raise on purpose; its text is the ``detail``."""


class BadRequestError(ApiError):
    """A parameter is wrong."""


class NotFoundError(ApiError):
    """There is no such thing."""


class ConflictError(ApiError):
    """It is there, but not in a state for that."""


class ForbiddenError(ApiError):
    """The request did not come from our own page."""


class WrongMediaTypeError(ApiError):
    """The body is not JSON."""


class BusyError(ApiError):
    """There are as many of these as there may be; another time."""


#: The most particular class that matches counts.
TABLE: dict[type[Exception], tuple[int, str]] = {
    BadRequestError: (400, "bad_request"),
    RequestValidationError: (400, "bad_request"),
    ForbiddenError: (403, "forbidden"),
    NotFoundError: (404, "not_found"),
    ConflictError: (409, "conflict"),
    WrongMediaTypeError: (415, "wrong_media_type"),
    BusyError: (503, "busy"),
    StoreError: (503, "store_unavailable"),
    SQLAlchemyError: (503, "store_unavailable"),
    NotConnectedError: (503, "broker_unavailable"),
    GeodataError: (503, "atlas_unavailable"),
    Exception: (500, "internal_error"),
}

#: What the web framework itself says no to, by status.
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed"}


def install(app: FastAPI) -> None:
    """Answer every exception of the table in the one form."""
    for kind in TABLE:
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(HTTPException, _answer_http)


def error_response(status: int, code: str, detail: str) -> JSONResponse:
    """The one form."""
    return JSONResponse({"error": code, "detail": detail}, status)


async def _answer(request: Request, error: Exception) -> Response:
    status, code = next(TABLE[kind] for kind in type(error).__mro__ if kind in TABLE)
    if status >= 500 and not isinstance(error, ApiError):
        log.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
    return error_response(status, code, _sentence(error, status))


async def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it was installed for
    if not request.url.path.startswith("/api"):
        return PlainTextResponse(str(error.detail), error.status_code, error.headers)
    code = _HTTP_CODES.get(error.status_code, "error")
    return error_response(error.status_code, code, str(error.detail))


def _sentence(error: Exception, status: int) -> str:
    if isinstance(error, RequestValidationError):
        return "; ".join(
            f"{'.'.join(str(part) for part in each['loc'][1:]) or 'body'}: {each['msg']}"
            for each in error.errors()
        )
    if isinstance(error, ApiError | StoreError | GeodataError | NotConnectedError):
        return str(error)
    # Other exceptions may quote SQL or paths; those are in the log.
    return "the store does not answer" if status == 503 else "something went wrong; see the log"


async def no_such_route(rest: str) -> Response:
    """Under ``/api`` a wrong address is a 404 in JSON, not the page."""
    raise NotFoundError(f"there is nothing at /api/{rest}; see /api/openapi.json")
