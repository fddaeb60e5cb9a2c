"""The routes of the first TOMAAT, for each app and, at the root, for the default app."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from multipart import MultipartSegment
from sanic import HTTPResponse, Request

from tomaat.description import AppDescription
from tomaat.elements import WeightsChoice
from tomaat.errors import MalformedRequest, MethodNotAllowed, NotFound
from tomaat.host.body import Body
from tomaat.host.forms import receive_job
from tomaat.host.host import Host
from tomaat.host.uploads import TextSink, receive
from tomaat.jobs.admission import SMALL
from tomaat.problems import as_tomaat_error
from tomaat.protocols.tomaat import answers
from tomaat.protocols.tomaat.fields import fields
from tomaat.protocols.v1.predict import finished

Handler = Callable[[Host, AppDescription, Request], Coroutine[Any, Any, HTTPResponse | None]]


def add_routes(host: Host) -> None:
    """Add ``/interface``, ``/predict``, ``/responses`` and ``/announcePoint``."""
    for prefix, name in (("", "tomaat"), ("/<app>", "tomaat_app")):
        _add(host, prefix + "/interface", "GET", _interface, f"{name}_interface")
        _add(host, prefix + "/predict", "POST", _predict, f"{name}_predict")
        _add(host, prefix + "/responses", "POST", _responses, f"{name}_responses")

    async def announce_point(request: Request, app: str = "") -> HTTPResponse:
        return answers.as_json({"announced_at": host.announcing.url})

    for uri, name in (("/announcePoint", "tomaat_announce"), ("/<app>/announcePoint", "tomaat_app_announce")):
        host.sanic.add_route(announce_point, uri, name=name)
        _add_other_methods(host, uri, "GET", name)


def _add(host: Host, uri: str, method: str, handler: Handler, name: str) -> None:
    """Add a route that finds its app and answers errors in this protocol's own shape."""

    async def adapted(request: Request, app: str = "") -> HTTPResponse | None:
        try:
            return await handler(host, _app(host, request, app) if app else host.default_app(request), request)
        except Exception as failure:
            return answers.error(as_tomaat_error(request, failure))

    host.sanic.add_route(adapted, uri, methods=[method], name=name, stream=method == "POST")
    _add_other_methods(host, uri, method, name)


def _add_other_methods(host: Host, uri: str, method: str, name: str) -> None:
    """A browser asks with OPTIONS first; any other verb is refused in this protocol's own shape."""

    async def preflight(request: Request, app: str = "") -> HTTPResponse:
        return HTTPResponse(status=204, headers=answers.CORS)

    async def refuse(request: Request, app: str = "") -> HTTPResponse:
        return answers.error(MethodNotAllowed(f"Use {method} here, not {request.method}."))

    others = sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - {method})
    host.sanic.add_route(preflight, uri, methods=["OPTIONS"], name=f"{name}_options")
    host.sanic.add_route(refuse, uri, methods=others, name=f"{name}_refuse")


def _app(host: Host, request: Request, name: str) -> AppDescription:
    """The app that a URL names.

    Old clients make the URL of ``/responses`` by replacing each ``/predict`` in the other one, ``/predictor`` included.
    """
    meant = name.replace("responses", "predict", 1) if name.startswith("responses") else name
    return host.app_for(request, meant if meant in host.apps and name not in host.apps else name)


async def _interface(host: Host, app: AppDescription, request: Request) -> HTTPResponse:
    shown = await host.described(app)
    elements = (element for element in shown.inputs if not isinstance(element, WeightsChoice) or element.options)
    return answers.as_json([element.as_tomaat_json() for element in elements])


async def _predict(host: Host, app: AppDescription, request: Request) -> HTTPResponse | None:
    async with receive_job(host, app, request, fields(app)) as job:
        job.formats = answers.formats(app)
        if host.settings.app(app.name).delayed:
            await host.jobs.submit(job)
            return answers.delayed(job)
        job.waited, job.kept = True, False
        await host.jobs.submit(job)
    await finished(host, job)
    try:
        await answers.send_results(host, app, request, job)
    finally:
        host.jobs.forget_soon(job.id)
    return None


async def _responses(host: Host, app: AppDescription, request: Request) -> HTTPResponse | None:
    job = await host.job_for(request, await _request_id(host, request))
    if job is None or job.app != app.name:
        raise NotFound("There is no request with this request_id; results are removed some time after they are ready.")
    if job.error is not None:
        raise job.error
    if not job.state.final:
        return answers.delayed(job)
    await answers.send_results(host, app, request, job)
    return None


async def _request_id(host: Host, request: Request) -> str:
    """The form field ``request_id``, from multipart or, as browsers and curl -d send it, urlencoded."""
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        await request.receive_body()
        form = request.get_form()
        return str(form.get("request_id") or "") if form else ""

    def choose(name: str, segment: MultipartSegment) -> TextSink | None:
        return TextSink(name) if name == "request_id" else None

    sinks = await receive(Body(request, SMALL, patience=host.settings.upload_timeout), choose)
    if "request_id" not in sinks:
        raise MalformedRequest("The field 'request_id' is missing.", field="request_id")
    return sinks["request_id"].received().text or ""
