"""``/announce`` and ``/discover``, as TOMAAT's announcement service answers them."""

from __future__ import annotations

import json
from asyncio import Transport
from collections.abc import Sequence
from typing import Any, cast

from sanic import HTTPResponse, Request, Sanic
from sqlalchemy import Row

from tomaat.errors import InvalidInput, TomaatError, TryLater, Unauthorized, Unavailable
from tomaat.problems import as_tomaat_error, problem
from tomaat_announce.announcement import Announcement
from tomaat_announce.routes.answers import OPEN
from tomaat_announce.routes.requests import filter_of, read_json
from tomaat_announce.service import Service
from tomaat_announce.shapes import TOMAAT, endpoint_as_tomaat_json

MISSING = {
    "api_key": "No api_key specified ",
    "prediction_url": "No endpoint prediction url specified ",
    "interface_url": "No endpoint interface url specified ",
    "name": "No endpoint name specified ",
    "modality": "No endpoint modality specified ",
    "anatomy": "No endpoint anatomy specified ",
    "task": "No endpoint task specified ",
    "description": "No endpoint description specified ",
}
"""What must be there, and TOMAAT's sentence where it is not."""
CORS = OPEN | {"Access-Control-Allow-Headers": "*", "Access-Control-Max-Age": "2520"}


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add both routes, and what a browser asks before."""

    async def announce(request: Request) -> HTTPResponse:
        try:
            service.limits.check_address(request.client_ip)
            body = await read_json(request, service.settings.max_body)
            if missing := [sentence for name, sentence in MISSING.items() if name not in body]:
                service.metrics.announced(InvalidInput.code)
                return _status(len(missing), "".join(missing))
            key = body["api_key"] if isinstance(body["api_key"], str) else ""
            service.limits.check_key(key)
            await service.announce(key, Announcement.of(body))
        except Exception as failure:
            error = as_tomaat_error(request, failure)
            service.metrics.announced(error.code)
            return _refused(error)
        service.metrics.announced("accepted")
        return _status(0, "")

    async def discover(request: Request) -> HTTPResponse | None:
        service.metrics.discoveries.labels("discover").inc()
        try:
            pages = service.endpoints.all(filter_of(request), tuple(TOMAAT.values()))
            first: Sequence[Row[Any]] = await anext(pages, [])  # what goes wrong is said before the answer begins
        except TomaatError as error:
            refusal = problem(request, error)
            refusal.headers.update(_cors("GET"))
            return refusal
        response = await request.respond(content_type="application/json", headers=_cors("GET"))
        assert response is not None  # nothing was answered before
        try:
            await response.send("[" + ", ".join(map(endpoint_as_tomaat_json, first)))
            async for rows in pages:
                await response.send(", " + ", ".join(map(endpoint_as_tomaat_json, rows)))
        except Unavailable:
            _hang_up(request)
            return None
        await response.send("]")
        await response.eof()
        return None

    sanic.add_route(announce, "/announce", methods=["POST"], name="tomaat_registry_announce", stream=True)
    sanic.add_route(discover, "/discover", methods=["GET"], name="tomaat_registry_discover")
    for uri, method in (("/announce", "POST"), ("/discover", "GET")):
        _add_preflight(sanic, uri, method)


def _add_preflight(sanic: Sanic[Any, Any], uri: str, method: str) -> None:
    async def preflight(request: Request) -> HTTPResponse:
        return HTTPResponse(status=204, headers=_cors(method))

    sanic.add_route(preflight, uri, methods=["OPTIONS"], name=f"tomaat_registry_{uri[1:]}_options")


def _hang_up(request: Request) -> None:
    """Break the connection, so that half a list does not pass for a whole one."""
    cast(Transport, request.transport).abort()


def _cors(method: str) -> dict[str, str]:
    return CORS | {"Access-Control-Allow-Methods": method}


def _refused(error: TomaatError) -> HTTPResponse:
    """TOMAAT's own answers have status 200; those to what it did not know have theirs."""
    answer = _status(1, error.detail, 200 if isinstance(error, Unauthorized) else error.status)
    if isinstance(error, TryLater):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _status(problems: int, sentences: str, status: int = 200) -> HTTPResponse:
    body = json.dumps({"status": problems, "error": sentences})
    return HTTPResponse(body, status=status, headers=_cors("POST"), content_type="application/json")
