"""``GET /``: the apps that a host serves, and what it could not."""

from __future__ import annotations

from collections.abc import Sized
from typing import Any

from sanic import HTTPResponse, Request

from tomaat.access.permits import caller_of
from tomaat.host.host import Host
from tomaat.pages.catalogue import Wanted, facets, grouped
from tomaat.pages.page import Pages
from tomaat.protocols.v1.shapes import app_as_json
from tomaat.protocols.v1.vitals import host_as_json


def add_routes(host: Host, pages: Pages) -> None:
    """Add the list of apps."""

    @host.sanic.get("/", name="page_home")
    async def home(request: Request) -> HTTPResponse:
        apps = [app_as_json(host, await host.described(app)) for app in host.apps_for(request)]
        wanted, own = Wanted.of({name: values[0] for name, values in request.args.items()}), f"{request.ctx.prefix}/"
        found = [app for app in apps if wanted.fits(app)]
        return pages.answer(
            request,
            "home.html",
            number=len(apps),
            found=len(found),
            groups=grouped(found),
            facets=list(facets(apps, wanted, own)),
            wanted=wanted,
            operating=_operating(host, apps) if caller_of(request).admin else None,
        )


def _operating(host: Host, apps: list[dict[str, Any]]) -> dict[str, Any]:
    """What an administrator wants to know of the host."""
    listings = [listing for app in apps for listing in host.announcing.of(app["name"])]
    wrong: dict[str, Sized] = {
        "broken": host.plugins.broken,
        "out_of_order": [app for app in apps if app["reason"]],
        "not_announced": [listing for listing in listings if listing.problem],
        "heavy": host.plugins.heavy,
    }
    return wrong | {"number": sum(map(len, wrong.values())), "listings": listings, "host": host_as_json(host)}
