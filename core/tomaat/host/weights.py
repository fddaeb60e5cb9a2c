"""Take an upload of weights, whichever route it comes by."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from multipart import MultipartSegment
from sanic import Request

from tomaat.access.permits import check_weights
from tomaat.audit.entry import Action
from tomaat.description import AppDescription
from tomaat.errors import MalformedRequest, NotFound
from tomaat.host.audited import note
from tomaat.host.body import Body, length_of
from tomaat.host.host import Host
from tomaat.host.uploads import FileSink, Sink, receive, receive_body
from tomaat.weights.declaration import FIELD, check_id
from tomaat.weights.stored import StoredWeights

PART = "file"
"""The part of a form that has the weights."""


async def receive_weights(host: Host, app: AppDescription, weights_id: str, request: Request) -> StoredWeights:
    """Stream a request's body to disk and keep it as weights: the file itself, or a form with one part ``file``.

    Whatever goes wrong, also a client that hangs up, leaves no file behind. Raises :class:`Forbidden`,
    :class:`NotFound` and :class:`MalformedRequest` before anything is read, :class:`Busy`, :class:`QuotaExceeded`, what
    :class:`Body` raises, and what :meth:`tomaat.weights.store.WeightsStore.add` raises.
    """
    check_weights(request, app.name)
    check_id(weights_id)
    if app.weights is None:
        raise NotFound(f"The app {app.name!r} takes no weights.")
    size, limit, patience = length_of(request), host.settings.max_weights, host.settings.upload_timeout
    with (
        host.jobs.admission.uploading(size),
        host.jobs.space.claim(size=size) as claim,
        host.weights.receiving() as folder,
    ):
        sink = await _received(Body(request, limit, patience=patience, claim=claim), folder)
        if sink.size == 0:
            raise MalformedRequest("The request's body is empty; it must be the file with the weights.", field=FIELD)
        weights = await host.weights.add(app, weights_id, folder / PART, sink.received().sha256 or "")
    note(host, request, Action.WEIGHTS_PUT, app=app.name, weights=weights.sha256, details={"id": weights.id})
    return weights


async def _received(body: Body, folder: Path) -> FileSink:
    if not body.content_type.startswith("multipart/form-data"):
        sink = FileSink(folder, PART)
        await receive_body(body, sink)
        return sink
    sinks = await receive(body, _only_the_file(folder))
    found = sinks.get(PART)
    if not isinstance(found, FileSink):
        raise MalformedRequest(f"The form has no part {PART!r}, which must be the file with the weights.", field=PART)
    return found


def _only_the_file(folder: Path) -> Callable[[str, MultipartSegment], Sink | None]:
    def choose(name: str, segment: MultipartSegment) -> Sink | None:
        if name != PART:
            raise MalformedRequest(f"The form may have one part only, {PART!r}; it has {name!r}.", field=name)
        return FileSink(folder, name)

    return choose
