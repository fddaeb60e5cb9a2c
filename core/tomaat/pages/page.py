"""How every page is made: from a template, with the same frame, under the same strict policy."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from sanic import HTTPResponse, Request
from sanic.response import html

from tomaat._version import __version__
from tomaat.access.caller import NOBODY
from tomaat.access.sessions import COOKIE
from tomaat.errors import TomaatError, TryLater
from tomaat.host.host import Host
from tomaat.pages.assets import Assets
from tomaat.problems import problem

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",  # dcm2niix, which reads DICOM in the browser, is WebAssembly
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""No request leaves the host, and nothing that stands in a page's text is run."""
HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
"""Where a page is to tell no referrer at all, browsers send its forms with an origin of ``null``, as a stranger's."""
NEEDED = "Give your key to use this host."


class Pages:
    """Makes the pages of a host.

    :ivar assets: where their style sheets and scripts are.
    """

    def __init__(self, host: Host, assets: Assets) -> None:
        self.assets = assets
        self._host = host
        loader = PackageLoader("tomaat.pages")
        self._templates = Environment(
            loader=loader, autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
        )

    def answer(self, request: Request, template: str, *, status: int = 200, **values: Any) -> HTTPResponse:
        """The page that ``template`` makes of ``values``."""
        caller = getattr(request.ctx, "caller", NOBODY)
        page = self._templates.get_template(template).render(
            version=__version__,
            assets=self.assets,
            base=getattr(request.ctx, "prefix", ""),
            caller=caller,
            asks=self._host.guard.asks,
            registry=self._host.settings.with_announce,
            url=self._host.settings.public_url.rstrip("/") or f"{request.scheme}://{request.host}",
            **values,
        )
        return html(page, status=status, headers=HEADERS)

    def problem(self, request: Request, error: TomaatError) -> HTTPResponse:
        """A page that says what is wrong; the form to log in for who has no good key."""
        if error.status in (401, 429):
            page = self._login(request, error)
        elif "text/html" in request.headers.get("accept", "text/html"):
            page = self.answer(request, "problem.html", status=error.status, problem=error)
        else:
            return problem(request, error)
        if isinstance(error, TryLater):
            page.headers["Retry-After"] = str(error.retry_after)
        return page

    def _login(self, request: Request, error: TomaatError) -> HTTPResponse:
        """The form that asks for a key, and leads to where its reader wanted to go."""
        wrong = request.method == "POST" or COOKIE in request.cookies or bool(getattr(request.ctx, "prefix", ""))
        wanted = getattr(request.ctx, "wanted", "") or (_address(request) if request.method == "GET" else "/")
        sentence = error.detail if wrong else NEEDED
        page = self.answer(request, "login.html", status=error.status, sentence=sentence, wrong=wrong, wanted=wanted)
        if request.headers.get("sec-fetch-site") == "cross-site" and not wrong:
            page.headers["Refresh"] = "0"  # a browser keeps a strict cookie back from another site's link, but not here
        return page


def _address(request: Request) -> str:
    """Where the request went on this host."""
    return f"{request.path}?{request.query_string}" if request.query_string else request.path
