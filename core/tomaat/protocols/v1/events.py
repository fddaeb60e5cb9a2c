"""``/v1/jobs/{id}/events`` and ``/v1/jobs/{id}/log``: what a job does, and what its app says meanwhile."""

from __future__ import annotations

import asyncio
import time

import orjson
from sanic import HTTPResponse, Request

from tomaat.access.keyring import FRESH
from tomaat.access.plugin import is_over
from tomaat.audit.entry import Action
from tomaat.errors import NotAcceptable
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.jobs.job import Job
from tomaat.jobs.log import LogLine, LogReader
from tomaat.protocols.v1.jobs import find
from tomaat.protocols.v1.shapes import job_as_json

PING = 15.0
"""Seconds of silence after which a comment is sent, so that proxies and clients know that the stream lives."""
LOOK = 0.25
"""Seconds between two looks at a job's log: its worker writes it without a word to the host."""
TEXT, LINES = "text/plain", "application/x-ndjson"


def add_routes(host: Host) -> None:
    """Add the routes that tell how a job goes."""

    @host.sanic.get("/v1/jobs/<job_id>/events", name="v1_events")
    async def events(request: Request, job_id: str) -> None:
        job = await find(host, request, job_id)
        response = await request.respond(content_type="text/event-stream", headers={"Cache-Control": "no-store"})
        reader, live, silence = LogReader(host.folders.of(job.id)), host.jobs.live(job.id), 0.0
        if live is None:
            await response.send(_log_events(reader.more(ended=True)) + _job_event(host, job, request.ctx.prefix))
            await response.eof()
            return
        asked = time.monotonic()
        async for changed in live.changes(silence=LOOK):
            if time.monotonic() - asked > FRESH:
                asked = time.monotonic()
                if await is_over(request):
                    break
            content = _log_events(reader.more(ended=live.job.state.final))
            content += _job_event(host, changed, request.ctx.prefix) if changed else b""
            silence = 0.0 if content else silence + LOOK
            if content or silence >= PING:
                await response.send(content or b": ping\n\n")
                silence = 0.0
        await response.eof()

    @host.sanic.get("/v1/jobs/<job_id>/log", name="v1_log")
    async def log(request: Request, job_id: str) -> HTTPResponse:
        match = request.accept.match(TEXT, LINES)
        if not match:
            raise NotAcceptable(f"A job's log comes as {TEXT}, or as {LINES}, a JSON object for each line.")
        job = await find(host, request, job_id)
        reader = LogReader(host.folders.of(job.id))
        lines = await asyncio.to_thread(reader.more, ended=True)
        note(host, request, Action.LOG_READ, app=job.app, job=job.id)
        if str(match.mime) == LINES:
            content = b"".join(orjson.dumps(line.as_json()) + b"\n" for line in lines)
            return HTTPResponse(content, content_type=LINES, headers={"Vary": "Accept"})
        text = "".join(f"{line.as_text()}\n" for line in lines)
        return HTTPResponse(text, content_type=f"{TEXT}; charset=utf-8", headers={"Vary": "Accept"})


def _job_event(host: Host, job: Job, base: str) -> bytes:
    return b"event: job\ndata: " + orjson.dumps(job_as_json(host, job, base), option=orjson.OPT_NON_STR_KEYS) + b"\n\n"


def _log_events(lines: list[LogLine]) -> bytes:
    return b"".join(b"event: log\ndata: " + orjson.dumps(line.as_json()) + b"\n\n" for line in lines)
