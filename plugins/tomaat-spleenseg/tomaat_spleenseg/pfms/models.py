"""Models, which are the app's weights: those that pfms uploads, API v1 lists, and the other way round."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from sanic import HTTPResponse, Request

from tomaat.host.host import Host
from tomaat.host.weights import receive_weights
from tomaat_spleenseg.app import Spleen
from tomaat_spleenseg.pfms import answers


def upload(host: Host) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    """``POST``: keep a file of weights under ``modelID``, in place of what was there."""

    async def handler(request: Request) -> HTTPResponse:
        weights = await receive_weights(host, host.app(Spleen.name), answers.model_id(request), request)
        return answers.as_json(
            {
                "status": True,
                "message": f"model {weights.id} saved successfully",
                "location": f"{request.ctx.prefix}/v1/apps/{weights.app}/weights/{weights.id}",
            }
        )

    return handler


def listing(host: Host) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse]]:
    """``GET``: the names of all models."""

    async def handler(request: Request) -> HTTPResponse:
        app = host.app_for(request, Spleen.name)
        return answers.as_json({"models": [weights.id for weights in await host.weights.find(app.name)]})

    return handler
