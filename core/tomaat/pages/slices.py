"""``GET /jobs/{id}/slices/{plane}.png``: a volume as a strip of slices, for a page without a viewer."""

from __future__ import annotations

from pathlib import Path

from sanic import Request

from tomaat.audit.entry import Action
from tomaat.elements import LabelVolume, Volume
from tomaat.elements.label_volume import PALETTE
from tomaat.errors import InvalidInput, NotFound
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.jobs.job import Job
from tomaat.protocols.v1.inputs import made_of_upload, upload_of
from tomaat.protocols.v1.jobs import find
from tomaat.protocols.v1.results import result_of
from tomaat.workers.drawing import PLANES, Slices


def add_routes(host: Host) -> None:
    """Add the route of slices."""

    @host.sanic.get("/jobs/<job_id>/slices/<picture>", name="page_slices")
    async def slices(request: Request, job_id: str, picture: str) -> None:
        job = await find(host, request, job_id)
        plane, _, extension = picture.partition(".")
        if plane not in PLANES or extension != "png":
            raise NotFound(f"A volume's slices are {', '.join(f'{plane}.png' for plane in PLANES)}, not {picture!r}.")
        of, over = str(request.args.get("of", "")), str(request.args.get("over", ""))
        folder = await _drawn(host, job, of, over)
        sent = _is_upload(host, job, of)
        read, kind = (Action.INPUT_READ, "input") if sent else (Action.RESULT_READ, "result")
        note(host, request, read, app=job.app, job=job.id, details={kind: of})
        if over:
            note(host, request, Action.RESULT_READ, app=job.app, job=job.id, details={"result": over})
        await send_file(request, folder / picture, "image/png", {})


async def _drawn(host: Host, job: Job, of: str, over: str) -> Path:
    """The folder with the pictures of all planes, which are drawn when the first is asked for.

    :param of: the input or result to show; an input, where both have the name.
    :param over: the result to draw over it, if any.
    """
    drawing, name = Slices(), f"{of}.slices"
    if over:
        element, labels = _labels(host, job, over, "over")
        colors = {value: label.color for value, label in element.labels.items()}
        drawing, name = Slices(labels, colors, PALETTE), f"{of}.{over}.slices"
    if _is_upload(host, job, of):
        volume = upload_of(host, job, of)
        return await made_of_upload(host, job, drawing.write, volume, volume.with_name(name))
    _, volume = _labels(host, job, of, "of")
    return await host.converted.file(drawing.write, volume, volume.with_name(name))


def _is_upload(host: Host, job: Job, name: str) -> bool:
    """Whether a name is that of an input volume."""
    return isinstance(host.app(job.app).input(name), Volume)


def _labels(host: Host, job: Job, name: str, parameter: str) -> tuple[LabelVolume, Path]:
    """A label volume among the results, and its file. Raises :class:`InvalidInput` for a result that is none, and what
    :func:`result_of` raises."""
    app = host.app(job.app)
    if not name:
        known = [element.name for element in (*app.inputs, *app.outputs) if isinstance(element, Volume | LabelVolume)]
        raise InvalidInput(f"Say with ?of= which volume is to be shown: {', '.join(known)}.", field=parameter)
    if not isinstance(element := app.output(name), LabelVolume):
        raise InvalidInput(f"{name!r} is no volume, so there are no slices of it.", field=parameter)
    result = result_of(job, name)
    path = host.folders.result(job.id, result.file)
    if not path.exists():
        raise NotFound(f"The file of the result {name!r} has gone from the host's disk. Submit the job again.")
    return element, path
