"""``GET /``: what this host serves, and what it could not, for people."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from jinja2 import Environment, PackageLoader, Template, select_autoescape
from sanic import HTTPResponse, Request
from sanic.response import html

from tomaat._version import __version__
from tomaat.access.needs import routes_that_answer
from tomaat.access.permits import caller_of
from tomaat.host.host import Host
from tomaat.pages import login
from tomaat.pages.login import LoginForm
from tomaat.protocols.v1.shapes import app_as_json

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def add_routes(host: Host) -> None:
    """Add the status page."""
    templates = Environment(loader=PackageLoader("tomaat.pages"), autoescape=select_autoescape(), trim_blocks=True)
    form = LoginForm(templates.get_template("login.html"))
    login.add_routes(host, form)
    with routes_that_answer(host.sanic, form):
        host.sanic.add_route(_status(host, templates.get_template("status.html")), "/", name="page_status")


def _status(host: Host, template: Template) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    async def status(request: Request) -> HTTPResponse:
        apps = [app_as_json(host, await host.described(app)) for app in host.apps_for(request)]
        page = template.render(
            version=__version__,
            apps=apps,
            listings={app["name"]: host.announcing.of(app["name"]) for app in apps},
            registry=host.settings.with_announce,
            broken=host.plugins.broken if caller_of(request).admin else [],
            heavy=host.plugins.heavy if caller_of(request).admin else {},
            url=f"{request.scheme}://{request.host}",
        )
        return html(page, headers={"Content-Security-Policy": POLICY})

    return status
