"""How API v1 answers: JSON, or a job with its files in one ``multipart/mixed`` body."""

from __future__ import annotations

import os
from typing import Any

import orjson
from sanic import HTTPResponse, Request

from tomaat.host.host import Host
from tomaat.host.sending import read_chunks
from tomaat.jobs.job import Job
from tomaat.protocols.v1.shapes import job_as_json, server_timing


def as_json(content: Any, status: int = 200, headers: dict[str, str] | None = None) -> HTTPResponse:
    """A JSON answer."""
    return HTTPResponse(
        orjson.dumps(content, option=orjson.OPT_NON_STR_KEYS),
        status=status,
        headers=headers,
        content_type="application/json",
    )


async def send_all(host: Host, request: Request, job: Job) -> None:
    """Answer with the job's JSON and every result's file, part by part."""
    boundary = f"tomaat-{os.urandom(12).hex()}"
    app = host.app(job.app)
    response = await request.respond(
        content_type=f"multipart/mixed; boundary={boundary}", headers={"Server-Timing": server_timing(job)}
    )
    head = _head(boundary, "job", "job.json", "application/json")
    await response.send(head + orjson.dumps(job_as_json(host, job, request.ctx.prefix), option=orjson.OPT_NON_STR_KEYS))
    for result in job.results:
        media_type = app.output(result.name).format(result.extension).media_type
        await response.send(b"\r\n" + _head(boundary, result.name, result.file, media_type))
        if result.text is not None:
            await response.send(result.text.encode())
            continue
        async for chunk in read_chunks(host.folders.result(job.id, result.file)):
            await response.send(chunk)
    await response.send(f"\r\n--{boundary}--\r\n".encode())
    await response.eof()


def _head(boundary: str, name: str, file: str, media_type: str) -> bytes:
    return (
        f"--{boundary}\r\n"
        f'Content-Disposition: attachment; name="{name}"; filename="{file}"\r\n'
        f"Content-Type: {media_type}\r\n\r\n"
    ).encode()
