"""``/v1/endpoints``: announce, renew, withdraw, and find."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request, Sanic

from tomaat_announce.announcement import Announcement
from tomaat_announce.routes.answers import as_json
from tomaat_announce.routes.requests import MOST, filter_of, key_of, number_of, read_json
from tomaat_announce.service import Service
from tomaat_announce.shapes import SHOWN, endpoint_as_json

PAGE = 100
LAST = 2**53


def add_routes(service: Service, sanic: Sanic[Any, Any]) -> None:
    """Add the routes."""
    _add_writing(service, sanic)
    _add_reading(service, sanic)


def _add_writing(service: Service, sanic: Sanic[Any, Any]) -> None:
    async def announce(request: Request) -> HTTPResponse:
        with service.metrics.announcing("accepted"):
            service.limits.check_address(request.client_ip)
            json = await read_json(request, service.settings.max_body)
            key = key_of(request, json)
            service.limits.check_key(key)
            row, new = await service.announce(key, Announcement.of(json))
        shown = endpoint_as_json(row)
        return as_json(shown, 201 if new else 200, {"Location": f"/v1/endpoints/{shown['sid']}"})

    async def renew(request: Request, sid: str) -> HTTPResponse:
        with service.metrics.announcing("renewed"):
            row = await service.endpoints.renew(sid, limited_key_of(request))
        return as_json(endpoint_as_json(row))

    async def withdraw(request: Request, sid: str) -> HTTPResponse:
        await service.endpoints.withdraw(sid, limited_key_of(request))
        return HTTPResponse(status=204)

    def limited_key_of(request: Request) -> str:
        service.limits.check_address(request.client_ip)
        key = key_of(request)
        service.limits.check_key(key)
        return key

    sanic.add_route(announce, "/v1/endpoints", methods=["POST"], name="endpoints_announce", stream=True)
    sanic.add_route(renew, "/v1/endpoints/<sid>/renew", methods=["POST"], name="endpoints_renew")
    sanic.add_route(withdraw, "/v1/endpoints/<sid>", methods=["DELETE"], name="endpoints_withdraw")


def _add_reading(service: Service, sanic: Sanic[Any, Any]) -> None:
    async def find(request: Request) -> HTTPResponse:
        service.metrics.discoveries.labels("v1").inc()
        limit = max(number_of(request, "limit", PAGE, MOST), 1)
        after = number_of(request, "after", 0, LAST)
        rows, following = await service.endpoints.page(filter_of(request), after=after, limit=limit, columns=SHOWN)
        found = [endpoint_as_json(row) for row in rows]
        return as_json({"endpoints": found, "next": str(following) if following else None})

    async def facets(request: Request) -> HTTPResponse:
        return as_json(await service.counts.facets(filter_of(request)))

    async def get(request: Request, sid: str) -> HTTPResponse:
        return as_json(endpoint_as_json(await service.endpoints.get(sid)))

    sanic.add_route(find, "/v1/endpoints", methods=["GET"], name="endpoints_find")
    sanic.add_route(facets, "/v1/endpoints/facets", methods=["GET"], name="endpoints_facets")
    sanic.add_route(get, "/v1/endpoints/<sid>", methods=["GET"], name="endpoints_get")
