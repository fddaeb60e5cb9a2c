"""``/login`` and ``/logout``: a browser gives a key once, and keeps a cookie that scripts can't read."""

from __future__ import annotations

from urllib.parse import parse_qs

from sanic import HTTPResponse, Request
from sanic.response import redirect

from tomaat.access.needs import Need, routes_that_answer, routes_that_need
from tomaat.access.sessions import COOKIE, put_cookie
from tomaat.host.body import read_small
from tomaat.host.host import Host
from tomaat.pages.page import NEEDED, Pages


def add_routes(host: Host, pages: Pages) -> None:
    """Add ``/login``, the form and where it goes, and ``POST /logout``."""
    with routes_that_need(host.sanic, Need.NOTHING), routes_that_answer(host.sanic, pages.problem):

        @host.sanic.get("/login", name="page_login_form")
        async def ask(request: Request) -> HTTPResponse:
            wanted = _own_path(request.args.get("next", ""))
            if not host.guard.asks:
                return redirect(wanted)
            return pages.answer(request, "login.html", sentence=NEEDED, wrong=False, wanted=wanted)

        @host.sanic.post("/login", stream=True, name="page_login")
        async def login(request: Request) -> HTTPResponse:
            form = parse_qs((await read_small(request, host.settings.upload_timeout)).decode("utf-8", "replace"))
            request.ctx.wanted = _own_path(form.get("next", [""])[0])  # also for the form that is shown again
            session = await host.guard.begin_session(request, form.get("key", [""])[0].strip())
            response = redirect(request.ctx.wanted, status=303)
            put_cookie(response, session, secure=host.guard.is_secure(request))
            return response

        @host.sanic.post("/logout", stream=True, name="page_logout")
        async def logout(request: Request) -> HTTPResponse:
            host.guard.end_session(request, request.cookies.get(COOKIE) or "")
            response = redirect("/", status=303)
            put_cookie(response, "", secure=host.guard.is_secure(request))
            response.headers["Clear-Site-Data"] = '"storage"'  # file names of many scans, what was typed into forms
            return response


def _own_path(path: str) -> str:
    """A path of this host: what a form says may lead elsewhere."""
    own = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if own else "/"
