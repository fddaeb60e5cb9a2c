"""``/docs``: the OpenAPI description of this host's apps, and a page to try it."""

from __future__ import annotations

from sanic import Request

from tomaat.access.needs import Need, routes_that_need
from tomaat.host.host import Host
from tomaat.openapi.page import add_api_document, add_api_page
from tomaat.openapi.parts import Spec
from tomaat.protocols.v1.openapi import describe


def add_routes(host: Host) -> None:
    """Add the API's description and its page."""

    async def described(request: Request) -> Spec:
        return describe(host.settings, [await host.described(app) for app in host.apps_for(request)])

    with routes_that_need(host.sanic, Need.NOTHING):
        add_api_page(host.sanic, at="/docs", name="docs", title="TOMAAT API")
    add_api_document(host.sanic, described, at="/docs", name="docs")
