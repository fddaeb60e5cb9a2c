"""What an administrator does with workers and plugins: warm, stop, reload."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from tomaat.access.needs import Need, routes_that_need
from tomaat.audit.entry import Action
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.protocols.v1.respond import as_json
from tomaat.protocols.v1.shapes import app_as_json


def add_routes(host: Host) -> None:
    """Add the routes. They read no body."""

    with routes_that_need(host.sanic, Need.ADMIN):

        @host.sanic.post("/v1/apps/<app>/warm", name="v1_warm")
        async def warm(request: Request, app: str) -> HTTPResponse:
            described = host.app(app)
            await host.executor.warm(app)
            note(host, request, Action.APP_WARMED, app=app)
            return as_json(app_as_json(host, await host.described(described)))

        @host.sanic.post("/v1/apps/<app>/stop", name="v1_stop")
        async def stop(request: Request, app: str) -> HTTPResponse:
            described = host.app(app)
            await host.executor.retire(app)
            note(host, request, Action.APP_STOPPED, app=app)
            return as_json(app_as_json(host, await host.described(described)), 202)

        @host.sanic.post("/v1/plugins/reload", name="v1_reload")
        async def reload(request: Request) -> HTTPResponse:
            reloaded = await host.reloading.reload()
            note(host, request, Action.PLUGINS_RELOADED, details=reloaded.as_json())
            return as_json(reloaded.as_json())
