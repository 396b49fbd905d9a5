"""Errors of the API as JSON: ``{"code", "description"}`` (OGC API – Features, exception schema)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from fastapi import Request, Response


class Problem(Exception):  # noqa: N818 - what a client meets is a problem; "error" says no more
    """A request that cannot be answered, with its HTTP status and a sentence for people."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(description)
        self.status = status
        self.code = code
        self.description = description


def bad_request(code: str, description: str) -> Problem:
    """400: the request is wrong; the description names what and lists the choices."""
    return Problem(400, code, description)


def not_found(code: str, description: str) -> Problem:
    """404: there is no such thing."""
    return Problem(404, code, description)


class ProblemRoute(APIRoute):
    """A route whose problems become JSON, whatever application it is part of."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's own handler, with problems answered."""
        handler = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handler(request)
            except Problem as problem:
                body = {"code": problem.code, "description": problem.description}
                return JSONResponse(body, status_code=problem.status)

        return answer
