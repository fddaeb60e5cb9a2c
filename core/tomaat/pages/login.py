"""The form that a browser gets in the place of the page, where a key is asked for and it has none."""

from __future__ import annotations

from urllib.parse import parse_qs

from jinja2 import Template
from sanic import HTTPResponse, Request
from sanic.response import html, redirect

from tomaat.access.needs import Need, routes_that_answer, routes_that_need
from tomaat.access.sessions import COOKIE, put_cookie
from tomaat.errors import TomaatError
from tomaat.host.body import read_small
from tomaat.host.host import Host
from tomaat.problems import problem

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'"
NEEDED = "Give your key to see what this host serves."


class LoginForm:
    """Answers the errors of a page: those of who has no good key as a form that asks for one."""

    def __init__(self, template: Template) -> None:
        self._template = template

    def __call__(self, request: Request, error: TomaatError) -> HTTPResponse:
        if error.status not in (401, 429):
            return problem(request, error)
        wrong = request.method == "POST" or COOKIE in request.cookies
        page = self._template.render(sentence=error.detail if wrong else NEEDED, wrong=wrong)
        return html(page, status=error.status, headers={"Content-Security-Policy": POLICY})


def add_routes(host: Host, form: LoginForm) -> None:
    """Add ``POST /login``, where the form goes."""
    with routes_that_need(host.sanic, Need.NOTHING), routes_that_answer(host.sanic, form):

        @host.sanic.post("/login", stream=True, name="page_login")
        async def login(request: Request) -> HTTPResponse:
            body = await read_small(request, host.settings.upload_timeout)
            key = parse_qs(body.decode("utf-8", "replace")).get("key", [""])[0].strip()
            session = await host.guard.begin_session(request, key)
            response = redirect("/", status=303)
            put_cookie(response, session, secure=host.guard.is_secure(request))
            return response
