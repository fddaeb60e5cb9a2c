"""``NIfTIinference``: send a CT, wait, get its label map."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from multipart import MultipartSegment
from sanic import HTTPResponse, Request

from tomaat.errors import InvalidInput, MalformedRequest, NotFound
from tomaat.host.forms import receive_job
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.host.uploads import FileSink, Sink
from tomaat.image_files.header import ImageFormat, recognise
from tomaat.jobs.job import Job
from tomaat.protocols.v1.predict import finished
from tomaat.weights.declaration import FIELD
from tomaat.workers.work import Received
from tomaat_spleenseg.app import Spleen
from tomaat_spleenseg.pfms import answers
from tomaat_spleenseg.pfms.device import InferenceDevice

PART, IMAGE, LABELS = "file", "image", "labels"
EXPECTED = f"Send a CT as a NIfTI volume (.nii or .nii.gz) in the form's part {PART!r}"


def infer(host: Host, device: InferenceDevice) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse | None]]:
    """``POST``: the label map of a NIfTI volume, on the volume's own grid, by the weights called ``modelID``."""

    async def handler(request: Request) -> None:
        app = host.app_for(request, Spleen.name)
        weights = await host.weights.get(app.name, answers.model_id(request))
        try:
            async with receive_job(host, app, request, _volume, {PART: IMAGE}) as job:
                job.inputs[FIELD] = Received(text=weights.id)
                job.waited, job.kept, job.outputs, job.formats = True, False, [LABELS], {LABELS: "nii.gz"}
                job.device = await device.asked()
                await host.jobs.submit(job)
            await finished(host, job)
        except InvalidInput as failure:
            raise _as_pfms(failure) from failure
        try:
            await _send(host, request, job)
        finally:
            host.jobs.forget_soon(job.id)

    return handler


class NiftiSink(FileSink):
    """A NIfTI file. Raises :class:`MalformedRequest` for any other."""

    def __init__(self, folder: Path, name: str) -> None:
        super().__init__(folder, name)
        self._path = folder / name

    async def close(self) -> None:
        await super().close()
        try:
            format_ = await asyncio.to_thread(recognise, self._path)
        except InvalidInput:
            raise MalformedRequest(f"{EXPECTED}; this file is none.", field=PART) from None
        if format_ not in (ImageFormat.NIFTI, ImageFormat.NIFTI_GZ):
            raise MalformedRequest(f"{EXPECTED}; this one is {format_.value}.", field=PART)


def _volume(folder: Path) -> Callable[[str, MultipartSegment], Sink | None]:
    """The form's one part goes to the app's image; others, which no client of pfms sends, are passed over."""

    def choose(name: str, segment: MultipartSegment) -> Sink | None:
        return NiftiSink(folder, IMAGE) if name == PART else None

    return choose


def _as_pfms(failure: InvalidInput) -> Exception:
    """What is wrong, in the words of this route and with the status that clients of pfms are told of it."""
    if failure.field == IMAGE:
        return MalformedRequest(f"{EXPECTED}: {failure.detail.replace(repr(IMAGE), repr(PART))}", field=PART)
    if failure.field == FIELD:  # removed since the upload began
        return NotFound(failure.detail, field=FIELD)
    return failure


async def _send(host: Host, request: Request, job: Job) -> None:
    result = job.result(LABELS)
    if result is None:
        raise NotFound("The job has ended without a label map.")
    headers = {"Content-Disposition": 'attachment; filename="output.nii.gz"'}
    await send_file(request, host.folders.result(job.id, result.file), "application/octet-stream", headers)
