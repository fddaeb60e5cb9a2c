"""``/docs``: the OpenAPI description of the service, and a page to try it."""

from __future__ import annotations

from typing import Any

from sanic import Request, Sanic

from tomaat.openapi.page import add_api_document, add_api_page
from tomaat.openapi.parts import Spec
from tomaat_announce.routes.openapi import describe
from tomaat_announce.service import Service


def add_routes(service: Service, sanic: Sanic[Any, Any], page: str) -> None:
    """Add them below ``page``: a host has its own API at ``/docs``, and the registry's is at ``/registry/docs``."""
    document = describe(service.settings, alone=page == "/")

    async def described(request: Request) -> Spec:
        return document

    at, name = f"{page.rstrip('/')}/docs", "registry_docs"
    add_api_page(sanic, at=at, name=name, title="API of the announcement service")
    add_api_document(sanic, described, at=at, name=name)
