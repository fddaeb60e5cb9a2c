"""``/healthz``: the process answers. ``/readyz``: it can take jobs."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from tomaat.access.needs import Need, routes_that_need
from tomaat.errors import Unavailable
from tomaat.host.host import Host
from tomaat.protocols.v1.respond import as_json


def add_routes(host: Host) -> None:
    """Add the routes that a supervisor asks."""

    with routes_that_need(host.sanic, Need.NOTHING):
        _add(host)


def _add(host: Host) -> None:
    @host.sanic.get("/healthz", name="healthz")
    async def healthz(request: Request) -> HTTPResponse:
        return as_json({"status": "ok"})

    @host.sanic.get("/readyz", name="readyz")
    async def readyz(request: Request) -> HTTPResponse:
        if stopping := host.jobs.admission.closed:
            return as_json({"status": "unavailable", "reason": stopping.detail}, status=503)
        try:
            await host.store.check()
        except Unavailable as error:  # logged where it happened, now and then
            return as_json({"status": "unavailable", "reason": error.detail}, status=503)
        return as_json({"status": "ok", "apps": len(host.apps), "broken": len(host.plugins.broken)})
