"""The routes of the announcement service, one file for each kind."""

from __future__ import annotations

from typing import Any

from sanic import Sanic

from tomaat_announce.routes import docs, endpoints, events, health, metrics, old, pages
from tomaat_announce.service import Service


def add_routes(service: Service, sanic: Sanic[Any, Any], *, page: str = "/") -> None:
    """Add all that a service needs that has ``sanic`` for itself, or shares it with a host.

    :param page: where the page for people is; a host has its own at ``/``, and its own health and metrics.
    """
    old.add_routes(service, sanic)
    endpoints.add_routes(service, sanic)
    events.add_routes(service, sanic)
    pages.add_routes(service, sanic, page)
    docs.add_routes(service, sanic, page)
    if page == "/":
        health.add_routes(service, sanic)
        metrics.add_routes(service, sanic)
