"""``/`` and ``/endpoints/SID``: what is listed, for people. They work without JavaScript, and load nothing."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable
from dataclasses import replace
from hashlib import sha256
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html

from tomaat.errors import TomaatError, TryLater
from tomaat.look.look import icon_file, style_file
from tomaat.problems import as_tomaat_error
from tomaat_announce import __version__
from tomaat_announce.listing import Filter
from tomaat_announce.routes.choices import Choice, Facet, facets_of, href
from tomaat_announce.routes.requests import filter_of, number_of
from tomaat_announce.routes.shown import Shown
from tomaat_announce.service import Service

LENGTH = 30
"""Endpoints of one page."""
LAST = 2**53
POLICY = (
    "default-src 'none'; img-src data:; style-src 'sha256-{style}'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
HEADERS = {"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def add_routes(service: Service, sanic: Sanic[Any, Any], page: str) -> None:
    """Add the list at ``page`` and a page for each endpoint below it."""
    pages = Pages(service, page)

    async def listing(request: Request) -> HTTPResponse:
        return await pages.answer(request, pages.listing(request))

    async def endpoint(request: Request, sid: str) -> HTTPResponse:
        return await pages.answer(request, pages.endpoint(request, sid))

    sanic.add_route(listing, page, name="registry_page")
    sanic.add_route(endpoint, f"{page.rstrip('/')}/endpoints/<sid>", name="registry_page_endpoint")


class Pages:
    """The pages of a service, below ``home``."""

    def __init__(self, service: Service, home: str) -> None:
        self._service = service
        self._home = home
        loader = PackageLoader("tomaat_announce")
        self._templates = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        own, _, _ = loader.get_source(self._templates, "style.css")
        style, icon = style_file().read_text(encoding="utf-8") + own, icon_file().read_bytes()
        self._look = {
            "style": Markup(style),
            "icon": Markup(icon.decode()),
            "icon_url": f"data:image/svg+xml;base64,{b64encode(icon).decode()}",
        }
        self._headers = HEADERS | {"Content-Security-Policy": POLICY.format(style=_digest(style))}

    async def answer(self, request: Request, page: Awaitable[str]) -> HTTPResponse:
        """The page; where it can't be made, one that says why."""
        try:
            return html(await page, headers=self._headers)
        except Exception as failure:
            error = as_tomaat_error(request, failure)
            return self._problem(request, error)

    async def listing(self, request: Request) -> str:
        """The endpoints that the query asks for. Raises :class:`~tomaat.errors.TomaatError`."""
        self._service.metrics.discoveries.labels("page").inc()
        wanted, after = filter_of(request), number_of(request, "after", 0, LAST)
        rows, following = await self._service.endpoints.page(wanted, after=after, limit=LENGTH)
        counts = await self._service.counts.facets(wanted)
        # Counts may be older than the list: a first endpoint is shown with its number all the same.
        number = max(sum(counts["modality"].values()), len(rows))
        return self._render(
            request,
            "list.html",
            wanted=wanted,
            filtered=wanted != Filter(),
            heading="1 endpoint" if number == 1 else f"{number:,} endpoints",
            facets=[*facets_of(counts, wanted, self._home), self._alive(wanted)],
            endpoints=[self._shown(request, row) for row in rows],
            first=after == 0,
            first_page=href(self._home, wanted),
            next=href(self._home, wanted, following) if following else "",
        )

    async def endpoint(self, request: Request, sid: str) -> str:
        """The page of one endpoint. Raises :class:`~tomaat.errors.NotFound`."""
        row = await self._service.endpoints.get(sid)
        return self._render(request, "endpoint.html", wanted=Filter(), endpoint=self._shown(request, row))

    def _alive(self, wanted: Filter) -> Facet:
        chosen = wanted.alive is True
        choice = Choice("alive", 0, href(self._home, replace(wanted, alive=None if chosen else True)), chosen)
        return Facet("state", [choice], [], 0)

    def _shown(self, request: Request, row: Any) -> Shown:
        own = f"{self._home.rstrip('/')}/endpoints/{row.sid}"
        return Shown(row, self._service.clock.now(), own, _url(request))

    def _problem(self, request: Request, error: TomaatError) -> HTTPResponse:
        later = {"Retry-After": str(error.retry_after)} if isinstance(error, TryLater) else {}
        page = self._render(request, "problem.html", wanted=Filter(), problem=error)
        return html(page, status=error.status, headers=self._headers | later)

    def _render(self, request: Request, template: str, **values: Any) -> str:
        return self._templates.get_template(template).render(
            home=self._home,
            docs=f"{self._home.rstrip('/')}/docs",
            registry=_url(request),
            version=__version__,
            **self._look,
            **values,
        )


def _digest(style: str) -> str:
    """What a policy names an inline style by."""
    return b64encode(sha256(style.encode()).digest()).decode()


def _url(request: Request) -> str:
    """Where the service is, as who asks reached it."""
    return f"{request.scheme}://{request.host}"
