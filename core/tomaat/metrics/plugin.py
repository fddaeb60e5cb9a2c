"""``/metrics``, as a plugin of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tomaat.markers import hookimpl

if TYPE_CHECKING:
    from tomaat.host.host import Host


@hookimpl
def tomaat_routes(host: Host) -> None:
    from tomaat.metrics.gauges import Gauges

    host.plugins.manager.register(host.counts, name="tomaat.metrics.counts")
    host.counts.expect(list(host.apps))
    host.counts.registry.register(Gauges(host))
    host.watchers.append(host.counts.answered)
    add_route(host)


def add_route(host: Host) -> None:
    """Add the route."""
    from prometheus_client import CONTENT_TYPE_LATEST
    from sanic import HTTPResponse, Request

    @host.sanic.get("/metrics", name="metrics")
    async def metrics(request: Request) -> HTTPResponse:
        return HTTPResponse(await host.counts.show(), content_type=CONTENT_TYPE_LATEST)
