"""``GET /jobs``: the jobs that who asks may see."""

from __future__ import annotations

import time
from typing import Any

from sanic import HTTPResponse, Request

from tomaat.access.permits import caller_of
from tomaat.host.host import Host
from tomaat.jobs.job import Job, JobState
from tomaat.pages.page import Pages
from tomaat.protocols.v1.shapes import job_as_json

MOST = 200
"""Jobs on the page: the newest."""


def add_routes(host: Host, pages: Pages) -> None:
    """Add the list of jobs.

    Where nobody is asked for a key, the page's script shows those of its browser, unless all are asked for.
    """

    @host.sanic.get("/jobs", name="page_jobs")
    async def jobs(request: Request) -> HTTPResponse:
        caller, app = caller_of(request), request.args.get("app", "")
        states = [state for state in JobState if str(state) == request.args.get("state", "")]
        everyones = caller.admin and request.args.get("of", "") == "all"
        owner = None if everyones or not host.guard.asks else caller.id
        found = await host.store.find(app=app, states=states, owner=owner, limit=MOST)
        current = [live.job if (live := host.jobs.live(job.id)) else job for job in found]
        return pages.answer(
            request,
            "jobs.html",
            jobs=[_shown(host, job, request.ctx.prefix) for job in current if not states or job.state in states],
            most=MOST,
            apps={app.name: app.title for app in host.apps_for(request)},
            titles={app.name: app.title for app in host.apps.values()},
            chosen={"app": app, "state": str(states[0]) if states else ""},
            everyones=everyones,
        )


def _shown(host: Host, job: Job, base: str) -> dict[str, Any]:
    """A job as the API shows it, with ``bytes``, what it has on the disk, and ``took``, its seconds so far."""
    shown = job_as_json(host, job, base)
    ended = job.finished or time.time()
    return shown | {
        "bytes": sum(file["size"] or 0 for file in (*shown["results"], *shown["inputs"])),
        "took": None if job.started is None else max(ended - job.started, 0.0),
        "final": job.state.final,
    }
