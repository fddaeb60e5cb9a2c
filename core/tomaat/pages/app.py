"""``GET /apps/{app}`` and ``GET /jobs/{id}``: the workspace, where an app is used and its results are looked at."""

from __future__ import annotations

from typing import Any

from sanic import HTTPResponse, Request

from tomaat.description import AppDescription
from tomaat.host.host import Host
from tomaat.pages.form import form_fields
from tomaat.pages.page import Pages
from tomaat.protocols.v1.jobs import find
from tomaat.protocols.v1.shapes import app_as_json, job_as_json


def add_routes(host: Host, pages: Pages) -> None:
    """Add the workspace: with an app's form, or with a job."""

    @host.sanic.get("/apps/<app>", name="page_app")
    async def app_page(request: Request, app: str) -> HTTPResponse:
        return await _workspace(host, pages, request, host.app_for(request, app), None)

    @host.sanic.get("/jobs/<job_id>", name="page_job")
    async def job_page(request: Request, job_id: str) -> HTTPResponse:
        job = await find(host, request, job_id)
        shown = job_as_json(host, job, request.ctx.prefix)
        return await _workspace(host, pages, request, host.apps.get(job.app), shown)


async def _workspace(
    host: Host, pages: Pages, request: Request, app: AppDescription | None, job: dict[str, Any] | None
) -> HTTPResponse:
    """:param app: ``None`` for a job whose app's plugin has been uninstalled since."""
    shown = app_as_json(host, await host.described(app)) if app else None
    return pages.answer(
        request,
        "workspace.html",
        app=shown,
        fields=form_fields(shown["inputs"], pages.assets) if shown else [],
        job=job,
        listings=host.announcing.of(app.name) if app else [],
    )
