"""From a request to a job: what every protocol does with a form, whatever its fields look like."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from sanic import Request

from tomaat.description import AppDescription
from tomaat.errors import InvalidInput
from tomaat.host.host import Host
from tomaat.host.uploads import FileSink, Sink, receive
from tomaat.image_files.limits import Limits
from tomaat.jobs.job import Job, new_id
from tomaat.workers.work import Received

Fields = Callable[[Path], Callable[[str, object], Sink | None]]
"""Given the folder for uploads, says where each part of a form goes."""


async def receive_job(
    host: Host, app: AppDescription, request: Request, fields: Fields, inputs: Mapping[str, str] | None = None
) -> Job:
    """Take a request's form to disk and check it; returns a job that is not yet submitted.

    :param inputs: the app's inputs by the names of their parts, for a form that calls them otherwise.

    Whatever goes wrong, also a client that hangs up, leaves no file behind.
    Raises what :func:`tomaat.host.uploads.receive` raises, :class:`InvalidInput`, and at once :class:`Busy`, or
    :class:`InvalidInput` where the app has none of the weights that it needs.
    """
    host.jobs.check_room(app.name)
    await host.weights.check_any(app)
    job = Job(new_id(), app.name)
    begun = time.perf_counter()
    try:
        folder = host.folders.make(job.id)
        received = await receive(request, fields(folder))
        sinks = {(inputs or {}).get(name, name): sink for name, sink in received.items()}
        job.inputs = {name: sink.received() for name, sink in sinks.items()}
        await check_inputs(app, job.inputs, sinks, folder, Limits(voxels=host.settings.max_voxels))
        job.timings["upload"] = time.perf_counter() - begun
        return job
    except BaseException:
        await asyncio.to_thread(host.folders.remove, [job.id])
        raise


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
