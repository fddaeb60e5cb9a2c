"""From a request to a job: what every protocol does with a form, whatever its fields look like."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from sanic import Request

from tomaat.access.permits import caller_of, check_use
from tomaat.description import AppDescription
from tomaat.errors import InvalidInput
from tomaat.host.body import Body, length_of
from tomaat.host.host import Host
from tomaat.host.uploads import FileSink, Sink, receive
from tomaat.image_files.limits import Limits
from tomaat.jobs.job import Job, new_id
from tomaat.traffic.ids import request_id
from tomaat.workers.work import Received

Fields = Callable[[Path], Callable[[str, object], Sink | None]]
"""Given the folder for uploads, says where each part of a form goes."""


@asynccontextmanager
async def receive_job(
    host: Host,
    app: AppDescription,
    request: Request,
    fields: Fields,
    inputs: Mapping[str, str] | None = None,
    *,
    idempotency: str = "",
) -> AsyncIterator[Job]:
    """Take a request's form to disk and check it; gives a job that is to be submitted inside the ``async with``.

    :param inputs: the app's inputs by the names of their parts, for a form that calls them otherwise.
    :param idempotency: the request's ``Idempotency-Key``; submit it with :meth:`Dispatcher.submit_once`.

    The job has a place in its app's queue from the first byte of its upload on. Whatever goes wrong, also a client that
    hangs up, and a job that is not submitted, leave no file behind.

    Raises at once :class:`Forbidden`, :class:`Busy`, :class:`QuotaExceeded`, :class:`TooLarge`, and
    :class:`InvalidInput` where the app has none of the weights that it needs; then what
    :func:`tomaat.host.uploads.receive` raises, and :class:`InvalidInput`.
    """
    check_use(request, app.name)
    caller = caller_of(request)
    job = Job(new_id(), app.name, owner=caller.id, request=request_id(request), idempotency=idempotency)
    job.trace = getattr(request.ctx, "traceparent", "")
    admission = host.jobs.admission
    with admission.only_one(job) if idempotency else nullcontext():
        try:
            if not idempotency or await host.jobs.first(job) is None:  # a call that is repeated needs no place
                admission.reserve(job.id, app.name)
            await host.weights.check_any(app)
            await _receive(host, app, request, fields, inputs or {}, job)
            yield job
        finally:
            admission.release(job.id)
            if not job.created:  # it was not submitted
                host.jobs.space.drop([job.id])
                await asyncio.to_thread(host.folders.remove, [job.id])


async def _receive(
    host: Host, app: AppDescription, request: Request, fields: Fields, inputs: Mapping[str, str], job: Job
) -> None:
    begun, size, settings = time.perf_counter(), length_of(request), host.settings
    limit, taker = settings.max_upload, "this host"
    if own := settings.app(app.name).max_upload:
        limit, taker = own, f"the app {app.name!r}"
    with host.jobs.admission.uploading(size), host.jobs.space.claim(job.id, size) as claim:
        body = Body(request, limit, taker=taker, patience=settings.upload_timeout, claim=claim)
        folder = host.folders.inputs(job.id)
        received = await receive(body, fields(folder))
    sinks = {inputs.get(name, name): sink for name, sink in received.items()}
    job.inputs = {name: sink.received() for name, sink in sinks.items()}
    await check_inputs(app, job.inputs, sinks, folder, Limits(voxels=settings.max_voxels))
    job.timings["upload"] = time.perf_counter() - begun


async def check_inputs(
    app: AppDescription, inputs: dict[str, Received], sinks: dict[str, Sink], folder: Path, limits: Limits
) -> None:
    """Raise :class:`InvalidInput` for what can be refused before a worker sees it; drop optional fields left empty."""
    for element in app.inputs:
        received = inputs.get(element.destination)
        sink = sinks.get(element.destination)
        empty = received is not None and (received.text == "" or (isinstance(sink, FileSink) and sink.size == 0))
        if empty and not element.required:
            del inputs[element.destination]
        elif received is None:
            if element.required:
                raise InvalidInput(
                    f"The field {element.destination!r} is missing; the app {app.name!r} needs it.",
                    field=element.destination,
                )
        elif received.file is None:
            element.check(received.text or "")
        elif empty:
            raise element.invalid(f"The file for {element.destination!r} is empty.")
        else:
            await asyncio.to_thread(element.check_file, folder / received.file, limits)
