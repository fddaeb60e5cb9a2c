"""``/v1/apps/{app}/weights``: what an app's networks are loaded from."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from sanic import HTTPResponse, Request

from tomaat.access.permits import check_use, check_weights
from tomaat.audit.entry import Action
from tomaat.errors import NotAcceptable
from tomaat.host.audited import note
from tomaat.host.host import Host
from tomaat.host.sending import send_file
from tomaat.host.weights import receive_weights
from tomaat.jobs.job import rfc3339
from tomaat.protocols.v1.respond import as_json
from tomaat.weights.stored import StoredWeights

JSON, FILE = "application/json", "application/octet-stream"


def add_routes(host: Host) -> None:
    """Add the routes of weights."""

    @host.sanic.get("/v1/apps/<app>/weights", name="v1_weights")
    async def list_weights(request: Request, app: str) -> HTTPResponse:
        description = host.app_for(request, app)
        found = await host.weights.find(app)
        _, default = await host.weights.options(description)
        return as_json(
            {"weights": [weights_as_json(weights, request.ctx.prefix) for weights in found], "default": default}
        )

    @host.sanic.get("/v1/apps/<app>/weights/<weights_id>", name="v1_weights_one")
    async def show(request: Request, app: str, weights_id: str) -> HTTPResponse | None:
        check_use(request, app)
        weights = await host.weights.get(app, unquote(weights_id))
        if _wanted(request) == JSON:
            return as_json(weights_as_json(weights, request.ctx.prefix), headers=_headers(weights) | {"Vary": "Accept"})
        check_weights(request, app)
        name = f"{weights.id}.{weights.format}"
        headers = _headers(weights) | {"Content-Disposition": f'attachment; filename="{name}"', "Vary": "Accept"}
        note(host, request, Action.WEIGHTS_READ, app=app, weights=weights.sha256, details={"id": weights.id})
        await send_file(request, weights.path, FILE, headers)
        return None

    @host.sanic.put("/v1/apps/<app>/weights/<weights_id>", stream=True, name="v1_weights_put")
    async def put(request: Request, app: str, weights_id: str) -> HTTPResponse:
        check_weights(request, app)
        description = host.app(app)
        before, _ = await host.weights.options(description)
        weights = await receive_weights(host, description, unquote(weights_id), request)
        shown = weights_as_json(weights, request.ctx.prefix)
        return as_json(shown, 200 if weights.id in before else 201, _headers(weights) | {"Location": shown["href"]})

    @host.sanic.delete("/v1/apps/<app>/weights/<weights_id>", name="v1_weights_remove")
    async def remove(request: Request, app: str, weights_id: str) -> HTTPResponse:
        check_weights(request, app)
        removed = await host.weights.get(app, unquote(weights_id))
        await host.weights.remove(app, removed.id)
        note(host, request, Action.WEIGHTS_REMOVED, app=app, weights=removed.sha256, details={"id": removed.id})
        return HTTPResponse(status=204)


def weights_as_json(weights: StoredWeights, base: str = "") -> dict[str, Any]:
    """Weights as API v1 shows them; their link begins with ``base``."""
    href = f"{base}/v1/apps/{weights.app}/weights/{weights.id}"
    return weights.as_json() | {"created": rfc3339(weights.created), "href": href}


def _headers(weights: StoredWeights) -> dict[str, str]:
    return {"ETag": f'"{weights.sha256}"'}


def _wanted(request: Request) -> str:
    """The description or the file itself: the query decides, then the ``Accept`` header."""
    if request.args.get("download", "").lower() in ("true", "1", "yes"):
        return FILE
    match = request.accept.match(JSON, FILE)
    if not match:
        raise NotAcceptable(f"Weights come as {JSON}, which describes them, or as {FILE}, the file itself.")
    return str(match.mime)
