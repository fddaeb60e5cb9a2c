"""The answers of the first TOMAAT: a JSON list of items, streamed, so that no result is held in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import orjson
import pybase64
from sanic import HTTPResponse, Request

from tomaat.description import AppDescription
from tomaat.elements import FiducialsOutput
from tomaat.elements.element import OutputElement
from tomaat.errors import TomaatError, TryLater
from tomaat.host.host import Host
from tomaat.host.sending import read_chunks
from tomaat.jobs.job import Job
from tomaat.protocols.tomaat.points import turn
from tomaat.workers.work import Result

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "*",
    "Access-Control-Max-Age": "86400",
}
LINE = 57
"""Bytes in a line of base64 as ``encodebytes`` makes it."""
NO_POINTS = "No points were found."

Send = Callable[[bytes], Awaitable[Any]]


def as_json(content: Any, status: int = 200) -> HTTPResponse:
    """A small answer."""
    return HTTPResponse(orjson.dumps(content), status=status, headers=CORS, content_type="application/json")


def error(failure: TomaatError) -> HTTPResponse:
    """An error, as old clients show it; new ones can go by the status."""
    answer = as_json([{"type": "PlainText", "content": failure.detail, "label": "Error!"}], failure.status)
    if isinstance(failure, TryLater):
        answer.headers["Retry-After"] = str(failure.retry_after)
    return answer


def shaped(request: Request, failure: TomaatError) -> HTTPResponse:
    """:func:`error`, for what is raised before one of our routes is called."""
    return error(failure)


def delayed(job: Job) -> HTTPResponse:
    """Not ready: the client asks ``/responses`` again a second later."""
    return as_json([{"type": "DelayedResponse", "request_id": job.id}])


def formats(app: AppDescription) -> dict[str, str]:
    """What the results have to be encoded in for an old client."""
    return {element.name: element.tomaat_format for element in app.outputs}


async def send_results(host: Host, app: AppDescription, request: Request, job: Job) -> None:
    """Answer with the results of a job."""
    response = await request.respond(content_type="application/json", headers=CORS)
    await response.send(b"[")
    for number, result in enumerate(job.results):
        element = app.output(result.name)
        start = b"," if number else b""
        if isinstance(element, FiducialsOutput) and result.value == []:
            # The Slicer extension stumbles over points that are none, and shows nothing of what comes after them.
            none = {"type": "PlainText", "label": result.name, "content": NO_POINTS}
            await response.send(start + orjson.dumps(none))
            continue
        # The Slicer extension names the loaded node's file after the label: a plain name.
        head = orjson.dumps({"type": element.kind, "label": result.name})[:-1]
        await response.send(start + head + b',"content":"')
        async for text in _content(element, host, job, result):
            await response.send(text)
        await response.send(b'"}')
    await response.send(b"]")
    await response.eof()


async def _content(element: OutputElement, host: Host, job: Job, result: Result) -> AsyncIterator[bytes]:
    """An item's content, as the inside of a JSON string."""
    path = host.folders.result(job.id, result.file)
    if element.tomaat_text:
        text = path.read_text(encoding="utf-8") if result.text is None else result.text
        yield orjson.dumps(turn(text) if isinstance(element, FiducialsOutput) else text)[1:-1]
        return
    rest = b""
    async for chunk in read_chunks(path):
        whole = len(rest + chunk) // LINE * LINE
        yield _lines((rest + chunk)[:whole])
        rest = (rest + chunk)[whole:]
    yield _lines(rest)


def _lines(content: bytes) -> bytes:
    return pybase64.encodebytes(content).replace(b"\n", b"\\n")
