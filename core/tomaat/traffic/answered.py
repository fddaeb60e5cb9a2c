"""A request that has been answered, told without anything that its client chose."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sanic import Request

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
NO_ROUTE = "none"


@dataclass(frozen=True)
class Answered:
    """A request that has been answered. Nothing in it is a client's own text but its request id.

    :ivar method: ``GET``, ...; ``other`` for what HTTP does not know.
    :ivar route: the route as OpenAPI writes it, ``/v1/jobs/{id}``, and never the path; ``none`` where there is none.
    :ivar seconds: from the request's head to the end of the answer.
    :ivar received: bytes of its body, as far as they were taken.
    :ivar sent: bytes of the answer, its head included.
    :ivar caller: the id of who sent it; empty for anyone.
    :ivar context: the request's own, where whoever saw it begin has left a note.
    """

    request: str
    method: str
    route: str
    status: int
    begun: float
    seconds: float
    received: int
    sent: int
    caller: str
    context: Any


Beginner = Callable[[Request], None]
"""Is told of each request before it is handled."""
Watcher = Callable[[Answered], None]
"""Is told of each request, in the event loop, and returns quickly."""


def route_of(request: Request) -> str:
    """The route of a request, as OpenAPI writes it."""
    return NO_ROUTE if request.route is None else _template(request.route.path)


def method_of(request: Request) -> str:
    """The method of a request."""
    return request.method if request.method in METHODS else "other"


@lru_cache(maxsize=1024)
def _template(path: str) -> str:
    return "/" + re.sub(r"<(\w+)(:[^<>]*)?>", r"{\1}", path)
