"""``/v1/jobs``: submit, look, cancel, remove many at once."""

from __future__ import annotations

import re
import time

from sanic import HTTPResponse, Request

from tomaat.access.needs import Need, routes_that_need
from tomaat.access.permits import caller_of
from tomaat.audit.entry import Action
from tomaat.errors import MalformedRequest, NotFound
from tomaat.host.audited import note
from tomaat.host.forms import receive_job
from tomaat.host.host import Host
from tomaat.jobs.job import Job, JobState
from tomaat.protocols.v1.fields import fields
from tomaat.protocols.v1.idempotency import key_of, replayed
from tomaat.protocols.v1.predict import asked_device, asked_formats
from tomaat.protocols.v1.respond import as_json
from tomaat.protocols.v1.shapes import job_as_json

MOST = 1000


def add_routes(host: Host) -> None:
    """Add the routes of jobs."""

    @host.sanic.post("/v1/apps/<app>/jobs", stream=True, name="v1_submit")
    async def submit(request: Request, app: str) -> HTTPResponse:
        description = host.app_for(request, app)
        formats, device = asked_formats(description, request.get_args()), asked_device(request)
        keeping = _keeping(request)
        async with receive_job(host, description, request, fields(description), idempotency=key_of(request)) as sent:
            sent.formats, sent.device, sent.keep_inputs = formats, device, keeping and host.settings.keep_inputs
            job = await host.jobs.submit_once(sent)
        headers = {"Location": f"{request.ctx.prefix}/v1/jobs/{job.id}"} | replayed(sent, job)
        return as_json(job_as_json(host, job, request.ctx.prefix), status=202 if job is sent else 200, headers=headers)

    @host.sanic.get("/v1/jobs", name="v1_jobs")
    async def list_jobs(request: Request) -> HTTPResponse:
        caller, app = caller_of(request), request.args.get("app", "")
        owner = None if caller.admin else caller.id
        states = _states(request)
        found = await host.store.find(app=app, states=states, owner=owner, limit=_limit(request))
        current = [live.job if (live := host.jobs.live(job.id)) else job for job in found]
        shown = [job for job in current if not states or job.state in states]
        return as_json({"jobs": [job_as_json(host, job, request.ctx.prefix) for job in shown]})

    @host.sanic.get("/v1/jobs/<job_id>", name="v1_job")
    async def show(request: Request, job_id: str) -> HTTPResponse:
        return as_json(job_as_json(host, await find(host, request, job_id), request.ctx.prefix))

    @host.sanic.delete("/v1/jobs/<job_id>", name="v1_forget")
    async def forget(request: Request, job_id: str) -> HTTPResponse:
        job = await find(host, request, job_id)
        await host.jobs.forget(job.id)
        note(host, request, Action.JOB_REMOVED, app=job.app, job=job.id)
        return HTTPResponse(status=204)

    with routes_that_need(host.sanic, Need.ADMIN):

        @host.sanic.delete("/v1/jobs", name="v1_purge")
        async def purge(request: Request) -> HTTPResponse:
            states = _states(request) or [state for state in JobState if state.final]
            if running := [state for state in states if not state.final]:
                told = f"Only jobs that have ended are removed so, and none that is {running[0]}."
                raise MalformedRequest(told, field="state")
            chosen = await host.store.ended(
                app=request.args.get("app", ""), states=states, before=time.time() - _age(request)
            )
            await host.jobs.remove_ended([job.id for job in chosen])
            for job in chosen:
                note(host, request, Action.JOB_REMOVED, app=job.app, job=job.id)
            return as_json({"removed": len(chosen)})


async def find(host: Host, request: Request, job_id: str) -> Job:
    """The caller's job with this id. Raises :class:`NotFound`, also for somebody else's."""
    job = await host.job_for(request, job_id)
    if job is None:
        raise NotFound("There is no such job; results are removed some time after a job has ended.")
    return job


def _states(request: Request) -> list[JobState]:
    try:
        return [JobState(state) for state in request.args.getlist("state", [])]
    except ValueError:
        raise MalformedRequest(f"state must be one of {', '.join(JobState)}.", field="state") from None


def _keeping(request: Request) -> bool:
    text = request.args.get("keep_inputs", "false")
    if text not in ("true", "false"):
        raise MalformedRequest("keep_inputs must be true or false.", field="keep_inputs")
    return bool(text == "true")


def _age(request: Request) -> float:
    text = request.args.get("older_than", "0")
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,6})?", text, re.ASCII):
        raise MalformedRequest("older_than must be a number of seconds since the end of a job.", field="older_than")
    return float(text)


def _limit(request: Request) -> int:
    text = request.args.get("limit", "100")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MOST:
        raise MalformedRequest(f"limit must be a whole number from 1 to {MOST}.", field="limit")
    return int(text)
