"""``GET /``: what this host serves, and what it could not, for people."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, select_autoescape
from sanic import HTTPResponse, Request
from sanic.response import html

from tomaat._version import __version__
from tomaat.host.host import Host
from tomaat.protocols.v1.shapes import app_as_json

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def add_routes(host: Host) -> None:
    """Add the status page."""
    templates = Environment(loader=PackageLoader("tomaat.pages"), autoescape=select_autoescape(), trim_blocks=True)
    template = templates.get_template("status.html")

    @host.sanic.get("/", name="page_status")
    async def status(request: Request) -> HTTPResponse:
        apps = [app_as_json(host, await host.described(app)) for app in host.apps.values()]
        page = template.render(
            version=__version__,
            apps=apps,
            listings={app: host.announcing.of(app) for app in host.apps},
            registry=host.settings.with_announce,
            broken=host.plugins.broken,
            heavy=host.plugins.heavy,
            url=f"{request.scheme}://{request.host}",
        )
        return html(page, headers={"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"})
