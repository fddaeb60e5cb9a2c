"""``/healthz``: the process answers. ``/readyz``: it can take jobs."""

from __future__ import annotations

import logging

from sanic import HTTPResponse, Request

from tomaat.host.host import Host
from tomaat.protocols.v1.respond import as_json

log = logging.getLogger(__name__)


def add_routes(host: Host) -> None:
    """Add the routes that a supervisor asks."""

    @host.sanic.get("/healthz", name="healthz")
    async def healthz(request: Request) -> HTTPResponse:
        return as_json({"status": "ok"})

    @host.sanic.get("/readyz", name="readyz")
    async def readyz(request: Request) -> HTTPResponse:
        try:
            await host.store.check()
        except Exception:
            log.exception("not ready: the database can't be read")
            return as_json({"status": "unavailable", "reason": "the database can't be read"}, status=503)
        return as_json({"status": "ok", "apps": len(host.apps), "broken": len(host.plugins.broken)})
