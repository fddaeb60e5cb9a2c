"""Errors as ``application/problem+json`` (RFC 9457): a stable code, a sentence to act on, the field at fault."""

from __future__ import annotations

import logging
from typing import Any, cast

import orjson
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import PayloadTooLarge, SanicException
from sanic.http import Http
from ulid import ULID

from tomaat.errors import InternalError, NotFound, TomaatError, TooLarge, TryLater
from tomaat.no_room import no_room
from tomaat.traffic.ids import request_id

log = logging.getLogger(__name__)


def add_error_handler(sanic: Sanic[Any, Any]) -> None:
    """Answer every error in one shape."""
    sanic.exception(Exception)(answer)


def answer(request: Request, error: Exception) -> HTTPResponse:
    """The response to an exception."""
    if isinstance(error, SanicException) and not isinstance(error, PayloadTooLarge) and error.status_code != 404:
        return _framework_error(request, error)
    failure = as_tomaat_error(request, error)
    shape = getattr(request.route.ctx, "error_shape", problem) if request.route else problem
    response: HTTPResponse = shape(request, failure)
    return response


def as_tomaat_error(request: Request, error: Exception) -> TomaatError:
    """The error to show. What nobody expected goes to the log, under a reference that the answer carries."""
    if isinstance(error, TomaatError):
        return error
    if isinstance(error, PayloadTooLarge):
        limit = cast(Http, request.stream).request_max_size  # of this route
        return TooLarge(f"The request is larger than the {_size(limit)} that this host takes at once.")
    if isinstance(error, SanicException) and error.status_code == 404:
        return NotFound(f"There is nothing at {request.path}; /docs lists what there is.")
    if full := no_room(error):
        log.error("the disk is full")
        return full
    reference = str(ULID())[-8:]
    log.error("internal error, reference %s", reference, exc_info=error)
    return InternalError(f"Internal error; the host's log has it under the reference {reference}.")


def _size(limit: float) -> str:
    return f"{limit / 2**20:,.0f} MiB" if limit >= 2**20 else f"{limit:,.0f} bytes"


def problem(request: Request, error: TomaatError) -> HTTPResponse:
    """An error as problem+json."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TryLater) else {}
    return _respond(request, error.status, error.title, error.as_json(), headers)


def _framework_error(request: Request, error: SanicException) -> HTTPResponse:
    """A wrong method, a bad header, a timeout: what Sanic refuses by itself."""
    code = type(error).__name__
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in code).lstrip("_")
    content = {"code": snake, "detail": str(error) or code, "field": None}
    return _respond(
        request,
        error.status_code,
        snake.replace("_", " ").capitalize(),
        content,
        dict(getattr(error, "headers", None) or {}),
    )


def _respond(
    request: Request, status: int, title: str, content: dict[str, Any], headers: dict[str, str]
) -> HTTPResponse:
    body = {"type": "about:blank", "title": title, "status": status} | content
    body |= {"instance": request.path, "request": request_id(request)}
    return HTTPResponse(
        orjson.dumps(body), status=status, headers=headers, content_type="application/problem+json; charset=utf-8"
    )
