"""``POST /v1/apps/{app}/predict``: send the inputs, wait, get the results."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sanic import HTTPResponse, Request

from tomaat.description import AppDescription
from tomaat.errors import InvalidInput, NotAcceptable
from tomaat.host.forms import receive_job
from tomaat.host.host import Host
from tomaat.host.sending import send_file, send_text
from tomaat.jobs.job import Job
from tomaat.protocols.v1.fields import fields
from tomaat.protocols.v1.idempotency import key_of, replayed
from tomaat.protocols.v1.respond import as_json, send_all
from tomaat.protocols.v1.shapes import job_as_json, server_timing

JSON, MIXED = "application/json", "multipart/mixed"
DEVICE = re.compile(r"cpu|cuda:\d{1,3}", re.ASCII)


def add_routes(host: Host) -> None:
    """Add the waiting call."""

    @host.sanic.post("/v1/apps/<app>/predict", stream=True, name="v1_predict")
    async def predict(request: Request, app: str) -> HTTPResponse | None:
        description = host.app_for(request, app)
        answer, single, formats = wanted(description, request)
        device = asked_device(request)
        key = key_of(request) if answer == JSON else ""
        async with receive_job(host, description, request, fields(description), idempotency=key) as sent:
            sent.formats, sent.device, sent.outputs = formats, device, [single] if single else []
            sent.waited, sent.kept = not key, answer == JSON
            job = await host.jobs.submit_once(sent)
        await finished(host, job)
        if answer == JSON:
            headers = {"Server-Timing": server_timing(job)} | replayed(sent, job)
            return as_json(job_as_json(host, job, request.ctx.prefix), headers=headers)
        try:
            await _send(host, request, job, single)
        finally:
            host.jobs.forget_soon(job.id)
        return None


async def finished(host: Host, job: Job) -> None:
    """Wait for the end of a submitted job. If its client leaves, it is cancelled and forgotten.

    Raises what the job failed with; it is then forgotten too, since its client has been told. A job with an
    ``Idempotency-Key`` goes on, and is kept: its client may ask for it again.
    """
    try:
        live = host.jobs.live(job.id)
        if live is not None:
            await live.ended()
        if job.error is not None:
            raise job.error
    except BaseException:
        if not job.idempotency:
            host.jobs.forget_soon(job.id)
        raise


async def _send(host: Host, request: Request, job: Job, single: str) -> None:
    result = job.result(single)
    if result is None:
        await send_all(host, request, job)
        return
    format_ = host.app(job.app).output(single).format(result.extension)
    headers = {
        "Content-Disposition": f'attachment; filename="{result.file}"',
        "Server-Timing": server_timing(job),
        "X-Job-Id": job.id,
    }
    if result.text is not None:
        await send_text(request, result.text, format_.media_type, headers)
        return
    await send_file(request, host.folders.result(job.id, result.file), format_.media_type, headers)


def wanted(app: AppDescription, request: Request) -> tuple[str, str, dict[str, str]]:
    """What the ``Accept`` header and the query ask for.

    Returns the media type of the answer, the name of the one result that it stands for (or empty), and the formats
    that results are to be encoded in. Raises :class:`NotAcceptable`.
    """
    formats = asked_formats(app, request.get_args())
    singles = _single_results(app)
    answer = request.headers.get("accept", "")
    if answer not in (JSON, MIXED, *singles):  # it says more than that
        match = request.accept.match(JSON, MIXED, *singles)
        if not match:
            offered = ", ".join([JSON, MIXED, *singles])
            raise NotAcceptable(f"The app {app.name!r} answers with {offered}; the Accept header takes none of these.")
        answer = str(match.mime)
    if answer in singles:
        name, extension = singles[answer]
        return answer, name, formats | {name: extension}
    return answer, "", formats


def asked_formats(app: AppDescription, arguments: Mapping[str, list[str]]) -> dict[str, str]:
    """The formats in a query such as ``?format.labels=mha``. Raises :class:`NotAcceptable`, :class:`NotFound`."""
    asked = {key.removeprefix("format."): values[-1] for key, values in arguments.items() if key.startswith("format.")}
    return {name: app.output(name).format(extension).extension for name, extension in asked.items()}


def asked_device(request: Request) -> str:
    """The device in a query such as ``?device=cuda:0``; empty if there is none. Raises :class:`InvalidInput`."""
    device = str(request.args.get("device", ""))
    if device and not DEVICE.fullmatch(device):
        raise InvalidInput(f"device must be cpu, or cuda:0, cuda:1 and so on, not {device!r}.", field="device")
    return device


def _single_results(app: AppDescription) -> dict[str, tuple[str, str]]:
    """The media types that only one of the app's results comes in: asking for such a type asks for that result."""
    found: dict[str, list[tuple[str, str]]] = {}
    for element in app.outputs:
        for format_ in element.formats:
            found.setdefault(format_.media_type, []).append((element.name, format_.extension))
    return {media_type: results[0] for media_type, results in found.items() if len(results) == 1}
