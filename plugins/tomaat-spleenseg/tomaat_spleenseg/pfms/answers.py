"""The answers of pfms: JSON, and errors as FastAPI gives them, ``{"detail": ...}`` with a status."""

from __future__ import annotations

from typing import Any

import orjson
from sanic import HTTPResponse, Request

from tomaat.errors import InvalidInput, TomaatError, TryLater


def as_json(content: Any, status: int = 200) -> HTTPResponse:
    """A JSON answer."""
    return HTTPResponse(orjson.dumps(content), status=status, content_type="application/json")


def error(failure: TomaatError) -> HTTPResponse:
    """An error: a sentence for the person at the other end."""
    answer = as_json({"detail": failure.detail}, failure.status)
    if isinstance(failure, TryLater):
        answer.headers["Retry-After"] = str(failure.retry_after)
    return answer


def shaped(request: Request, failure: TomaatError) -> HTTPResponse:
    """:func:`error`, for what is raised before a route of pfms is called."""
    return error(failure)


def query(request: Request, name: str, what: str) -> str:
    """A value of the query. Raises :class:`InvalidInput`, status 422, where it is missing."""
    values = request.get_args(keep_blank_values=True).getlist(name, [])
    if not values:
        raise InvalidInput(f"Add {what} to the address: ?{name}=...", field=name)
    return str(values[-1])


def model_id(request: Request) -> str:
    """The query's ``modelID``. Raises :class:`InvalidInput`, status 422, where it is missing."""
    return query(request, "modelID", "the name of the model")
