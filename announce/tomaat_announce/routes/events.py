"""``GET /v1/endpoints/events``: what comes and goes, as server-sent events."""

from __future__ import annotations

from typing import Any

import orjson
from sanic import Request, Sanic
from sqlalchemy import Row

from tomaat_announce.changes import Listener
from tomaat_announce.routes.answers import OPEN
from tomaat_announce.service import Service

QUIET = 15.0
"""Seconds after which a comment is sent, so that nobody between takes the connection for dead."""


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add the route."""

    async def events(request: Request) -> None:
        last = request.headers.get("last-event-id", "")
        async with service.feed.listening() as listener:
            headers = OPEN | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            response = await request.respond(content_type="text/event-stream", headers=headers)
            assert response is not None  # nothing was answered before
            await response.send(b": what comes and goes\n\n")
            told: set[int] = set()
            if last.isascii() and last.isdecimal():
                async for change in service.feed.since(int(last[:18])):
                    if change.id > listener.after:
                        told.add(change.id)  # and not all that it missed, which may be much
                    await response.send(_event(change))
            await _follow(listener, told, response.send)

    sanic.add_route(events, "/v1/endpoints/events", methods=["GET"], name="endpoints_events")


async def _follow(listener: Listener, told: set[int], send: Any) -> None:
    while not listener.lost:  # who is too slow comes again, with the number that it was told last
        change = await listener.next(QUIET)
        if change is None:
            await send(b": still here\n\n")
        elif change.id not in told:
            await send(_event(change))


def _event(change: Row[Any]) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (change.id, change.kind.encode(), orjson.dumps(change.endpoint))
