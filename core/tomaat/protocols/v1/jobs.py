"""``/v1/jobs``: submit, look, watch, cancel."""

from __future__ import annotations

import orjson
from sanic import HTTPResponse, Request

from tomaat.errors import MalformedRequest, NotFound
from tomaat.host.forms import receive_job
from tomaat.host.host import Host
from tomaat.jobs.job import Job, JobState
from tomaat.protocols.v1.fields import fields
from tomaat.protocols.v1.predict import asked_device, asked_formats
from tomaat.protocols.v1.respond import as_json
from tomaat.protocols.v1.shapes import job_as_json

PING = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and clients know that the stream lives."""
MOST = 1000


def add_routes(host: Host) -> None:
    """Add the routes of jobs."""

    @host.sanic.post("/v1/apps/<app>/jobs", stream=True, name="v1_submit")
    async def submit(request: Request, app: str) -> HTTPResponse:
        description = host.app(app)
        formats, device = asked_formats(description, request.get_args()), asked_device(request)
        job = await receive_job(host, description, request, fields(description))
        job.formats, job.device = formats, device
        await host.jobs.submit(job)
        return as_json(job_as_json(host, job), status=202, headers={"Location": f"/v1/jobs/{job.id}"})

    @host.sanic.get("/v1/jobs", name="v1_jobs")
    async def list_jobs(request: Request) -> HTTPResponse:
        found = await host.store.find(app=request.args.get("app", ""), states=_states(request), limit=_limit(request))
        current = [live.job if (live := host.jobs.live(job.id)) else job for job in found]
        return as_json({"jobs": [job_as_json(host, job) for job in current]})

    @host.sanic.get("/v1/jobs/<job_id>", name="v1_job")
    async def show(request: Request, job_id: str) -> HTTPResponse:
        return as_json(job_as_json(host, await find(host, job_id)))

    @host.sanic.delete("/v1/jobs/<job_id>", name="v1_forget")
    async def forget(request: Request, job_id: str) -> HTTPResponse:
        job = await find(host, job_id)
        await host.jobs.forget(job.id)
        return HTTPResponse(status=204)

    @host.sanic.get("/v1/jobs/<job_id>/events", name="v1_events")
    async def events(request: Request, job_id: str) -> None:
        job = await find(host, job_id)
        response = await request.respond(content_type="text/event-stream", headers={"Cache-Control": "no-store"})
        live = host.jobs.live(job.id)
        if live is None:
            await response.send(_event(host, job))
        else:
            async for changed in live.changes(silence=PING):
                await response.send(_event(host, changed) if changed else b": ping\n\n")
        await response.eof()


async def find(host: Host, job_id: str) -> Job:
    """The job with this id. Raises :class:`NotFound`."""
    job = await host.jobs.job(job_id)
    if job is None:
        raise NotFound("There is no such job; results are removed some time after a job has ended.")
    return job


def _event(host: Host, job: Job) -> bytes:
    return b"event: job\ndata: " + orjson.dumps(job_as_json(host, job), option=orjson.OPT_NON_STR_KEYS) + b"\n\n"


def _states(request: Request) -> list[JobState]:
    try:
        return [JobState(state) for state in request.args.getlist("state", [])]
    except ValueError:
        raise MalformedRequest(f"state must be one of {', '.join(JobState)}.", field="state") from None


def _limit(request: Request) -> int:
    text = request.args.get("limit", "100")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST:
        raise MalformedRequest(f"limit must be a whole number from 1 to {MOST}.", field="limit")
    return int(text)
