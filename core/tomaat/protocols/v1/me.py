"""``GET /v1/me``: who the caller is. ``/v1/session``: a cookie in the place of a key, for a browser's page."""

from __future__ import annotations

from typing import Any

import orjson
from sanic import HTTPResponse, Request

from tomaat.access.needs import Need, routes_that_need
from tomaat.access.permits import caller_of
from tomaat.access.sessions import COOKIE, put_cookie
from tomaat.errors import MalformedRequest
from tomaat.host.body import read_small
from tomaat.host.host import Host
from tomaat.protocols.v1.respond import as_json


def add_routes(host: Host) -> None:
    """Add them; a session is begun by who has none yet."""

    @host.sanic.get("/v1/me", name="v1_me")
    async def me(request: Request) -> HTTPResponse:
        return as_json(_shown(host, request))

    with routes_that_need(host.sanic, Need.NOTHING):

        @host.sanic.post("/v1/session", stream=True, name="v1_session")
        async def begin(request: Request) -> HTTPResponse:
            key = _key(await read_small(request, host.settings.upload_timeout))
            session = await host.guard.begin_session(request, key)
            response = HTTPResponse(status=204)
            put_cookie(response, session, secure=host.guard.is_secure(request))
            return response

        @host.sanic.delete("/v1/session", name="v1_session_end")
        async def end(request: Request) -> HTTPResponse:
            host.guard.end_session(request, request.cookies.get(COOKIE) or "")
            response = HTTPResponse(status=204)
            put_cookie(response, "", secure=host.guard.is_secure(request))
            return response


def _shown(host: Host, request: Request) -> dict[str, Any]:
    caller = caller_of(request)
    return {
        "id": caller.id,
        "name": caller.name,
        "apps": sorted(caller.apps),
        "weights": caller.weights or caller.admin,
        "admin": caller.admin,
        "keys": host.guard.asks,
    }


def _key(body: bytes) -> str:
    try:
        json = orjson.loads(body)
    except orjson.JSONDecodeError:
        json = None
    key = json.get("key") if isinstance(json, dict) else None
    if not isinstance(key, str) or not key:
        raise MalformedRequest('Send a key as JSON: {"key": "..."}.', field="key")
    return key
