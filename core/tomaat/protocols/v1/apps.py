"""``GET /v1/apps``: what this host serves, and what it could not."""

from __future__ import annotations

from sanic import HTTPResponse, Request

from tomaat.access.permits import caller_of
from tomaat.host.host import Host
from tomaat.protocols.v1.respond import as_json
from tomaat.protocols.v1.shapes import app_as_json


def add_routes(host: Host) -> None:
    """Add the routes of apps."""

    @host.sanic.get("/v1/apps", name="v1_apps")
    async def list_apps(request: Request) -> HTTPResponse:
        broken = [
            {
                "plugin": broken.plugin.name,
                "distribution": broken.plugin.distribution,
                "version": broken.plugin.version,
                "reason": broken.reason,
            }
            for broken in (host.plugins.broken if caller_of(request).admin else ())
        ]
        apps = [app_as_json(host, await host.described(app)) for app in host.apps_for(request)]
        return as_json({"apps": apps, "broken": broken})

    @host.sanic.get("/v1/apps/<app>", name="v1_app")
    async def show_app(request: Request, app: str) -> HTTPResponse:
        return as_json(app_as_json(host, await host.described(host.app_for(request, app))))
