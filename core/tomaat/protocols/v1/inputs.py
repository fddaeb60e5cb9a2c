"""``GET /v1/jobs/{id}/inputs/{name}``: a file that came with a job, as it came or in another format."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from sanic import Request

from tomaat.audit.entry import Action
from tomaat.elements.element import Format
from tomaat.errors import NotAcceptable, NotFound
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.jobs.job import Job
from tomaat.protocols.v1.jobs import find

AS_IT_CAME = "application/octet-stream"
REMOVED = (
    "What was sent with this job was removed when it had ended. A job that is submitted with ?keep_inputs=true keeps "
    "it as long as its results, where the host allows that."
)


def add_routes(host: Host) -> None:
    """Add the route of uploads."""

    @host.sanic.get("/v1/jobs/<job_id>/inputs/<file>", name="v1_input")
    async def upload(request: Request, job_id: str, file: str) -> None:
        name, _, extension = file.partition(".")
        job = await find(host, request, job_id)
        path, media_type = upload_of(host, job, name), AS_IT_CAME
        if extension:
            format_, convert = _format(host, job, name, extension)
            path = await made_of_upload(host, job, convert, path, path.with_name(f"{name}.{extension}"))
            media_type = format_.media_type
        note(host, request, Action.INPUT_READ, app=job.app, job=job.id, details={"input": name})
        headers = {"Content-Disposition": f'attachment; filename="{file}"'}
        await send_file(request, path, media_type, headers)


def upload_of(host: Host, job: Job, name: str) -> Path:
    """The file that came with a job for this input. Raises :class:`NotFound`, which says where it has gone."""
    sent = {name: received.file for name, received in job.inputs.items() if received.file}
    if name not in sent:
        raise NotFound(f"No file {name!r} came with this job; there came {', '.join(sent) or 'none'}.")
    if name not in job.uploads:
        raise NotFound(REMOVED)
    path = host.folders.input(job.id, str(sent[name]))
    if not path.exists():
        raise NotFound(f"The file {name!r} has gone from the host's disk. Submit the job again.")
    return path


async def made_of_upload(host: Host, job: Job, write: Callable[[Path, Path], None], source: Path, target: Path) -> Path:
    """What ``write`` makes of an upload, beside it. Raises what :meth:`Converted.file` raises, and :class:`NotFound`
    where the job's end has come between: what was made then is removed, too."""
    try:
        made = await host.converted.file(write, source, target)
    finally:
        removed = job.state.final and not job.keep_inputs
        if removed:
            await asyncio.to_thread(host.folders.drop_inputs, job.id)
    if removed:
        raise NotFound(REMOVED)
    return made


def _format(host: Host, job: Job, name: str, extension: str) -> tuple[Format, Callable[[Path, Path], None]]:
    """The format with this extension, and what writes it. Raises :class:`NotAcceptable`."""
    element = host.app(job.app).input(name)
    formats = element.formats if element else ()
    for format_ in formats:
        if element is not None and format_.extension == extension:
            return format_, element.convert
    known = ", ".join(["without an extension as it came", *(format_.extension for format_ in formats)])
    raise NotAcceptable(f"The input {name!r} comes {known}, and not as {extension!r}.", field=name)
