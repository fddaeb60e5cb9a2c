"""``/healthz``: the process answers. ``/readyz``: its database does, too."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic
from sqlalchemy import text

from tomaat.errors import Unavailable
from tomaat_announce.routes.answers import as_json
from tomaat_announce.service import Service


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add the routes that a supervisor asks."""

    async def healthz(request: Request) -> HTTPResponse:
        return as_json({"status": "ok"})

    async def readyz(request: Request) -> HTTPResponse:
        try:
            await service.database.read(lambda connection: connection.execute(text("SELECT 1 FROM keys LIMIT 1")))
        except Unavailable:
            return as_json({"status": "unavailable", "reason": "the database can't be read"}, status=503)
        return as_json({"status": "ok"})

    sanic.add_route(healthz, "/healthz", name="healthz")
    sanic.add_route(readyz, "/readyz", name="readyz")
