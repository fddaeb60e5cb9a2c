"""``/metrics``, and the time that each request takes."""

from __future__ import annotations

from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST
from sanic import HTTPResponse, Request, Sanic

from tomaat.errors import Unavailable
from tomaat.traffic.answered import Answered
from tomaat_announce.service import Service


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add the route; from here on, all that ``sanic`` serves is timed."""

    async def metrics(request: Request) -> HTTPResponse:
        return HTTPResponse(await show(service), content_type=CONTENT_TYPE_LATEST)

    def answered(answered: Answered) -> None:
        service.metrics.requests.labels(answered.method, answered.route, answered.status).observe(answered.seconds)

    sanic.add_route(metrics, "/metrics", name="registry_metrics")
    sanic.ctx.watchers.append(answered)


async def show(service: Service) -> bytes:
    """All that the service counts, in Prometheus's text format; a host that it runs inside shows it, too."""
    try:
        states = await service.counts.states()
    except Unavailable:  # then more than ever one wants to see the rest
        states = None
    return service.metrics.show(states, service.feed.listeners)
