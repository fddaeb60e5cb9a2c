"""``GET /v1/jobs/{id}/results/{output}``: one result, in the format that is asked for."""

from __future__ import annotations

from pathlib import Path

from sanic import Request

from tomaat.audit.entry import Action
from tomaat.elements.element import Format, OutputElement
from tomaat.errors import Conflict, NotAcceptable, NotFound
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.jobs.job import Job
from tomaat.protocols.v1.jobs import find
from tomaat.workers.work import Result


def add_routes(host: Host) -> None:
    """Add the route of results."""

    @host.sanic.get("/v1/jobs/<job_id>/results/<file>", name="v1_result")
    async def result(request: Request, job_id: str, file: str) -> None:
        name, _, extension = file.partition(".")
        job = await find(host, request, job_id)
        found = result_of(job, name)
        element = host.app(job.app).output(name)
        format_ = _format(request, element, found, extension)
        note(host, request, Action.RESULT_READ, app=job.app, job=job.id, details={"result": found.name})
        path = await _path(host, job, element, found, format_)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{format_.extension}"', "Vary": "Accept"}
        await send_file(request, path, format_.media_type, headers)


def result_of(job: Job, name: str) -> Result:
    """The result with this name. Raises what the job failed with, :class:`Conflict` while it runs, and
    :class:`NotFound` for another name."""
    if job.error is not None:
        raise job.error
    if not job.state.final:
        raise Conflict(f"The job is still {job.state}; its results come when it has succeeded.")
    found = job.result(name)
    if found is None:
        known = ", ".join(result.name for result in job.results)
        raise NotFound(f"The job has no result {name!r}; it has {known}.")
    return found


def _format(request: Request, element: OutputElement, result: Result, extension: str) -> Format:
    """The extension decides, then the ``Accept`` header, then how the result was written."""
    if extension:
        return element.format(extension)
    written = element.format(result.extension)
    by_type = {format_.media_type: format_ for format_ in (written, *element.formats)}
    match = request.accept.match(*by_type)
    if not match:
        raise NotAcceptable(f"The result {element.name!r} comes as {', '.join(by_type)}.", field=element.name)
    return by_type[str(match.mime)]


async def _path(host: Host, job: Job, element: OutputElement, result: Result, format_: Format) -> Path:
    """The file in this format, written now if nobody has asked for it before."""
    source = host.folders.result(job.id, result.file)
    target = source.with_name(f"{result.name}.{format_.extension}")
    if not source.exists():
        raise NotFound(f"The file of the result {result.name!r} has gone from the host's disk. Submit the job again.")
    return await host.converted.file(element.convert, source, target)
