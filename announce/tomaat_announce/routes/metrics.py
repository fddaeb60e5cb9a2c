"""``/metrics``, and the time that each request takes."""

from __future__ import annotations

import re
import time
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from sanic import HTTPResponse, Request, Sanic
from sanic.response import BaseHTTPResponse

from tomaat.errors import Unavailable
from tomaat_announce.service import Service

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add the route; from here on, all that ``sanic`` serves is timed."""

    async def metrics(request: Request) -> HTTPResponse:
        try:
            states = await service.counts.states()
        except Unavailable:  # then more than ever one wants to see the rest
            states = None
        return HTTPResponse(service.metrics.show(states, service.feed.listeners), content_type=CONTENT_TYPE_LATEST)

    async def began(request: Request) -> None:
        request.ctx.began = time.perf_counter()

    async def answered(request: Request, response: BaseHTTPResponse) -> None:
        if hasattr(request.ctx, "began"):  # what is no HTTP has not
            seconds = time.perf_counter() - request.ctx.began
            method = request.method if request.method in METHODS else "other"
            labels = (method, _route(request), str(response.status))
            service.metrics.requests.labels(*labels).observe(seconds)

    sanic.add_route(metrics, "/metrics", name="registry_metrics")
    sanic.register_middleware(began, "request")
    sanic.register_middleware(answered, "response")


def _route(request: Request) -> str:
    """The route, as OpenAPI writes it, and not the path: that may be anything."""
    if request.route is None:
        return "none"
    return "/" + re.sub(r"<(\w+)(:\w+)?>", r"{\1}", request.route.path)
