"""The routes of pfms, each with and without a slash at its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from sanic import HTTPResponse, Request

from tomaat.access.needs import Need, routes_that_answer, routes_that_need
from tomaat.errors import MethodNotAllowed
from tomaat.host.host import Host
from tomaat.problems import as_tomaat_error
from tomaat_spleenseg.pfms import about, answers, inference, models
from tomaat_spleenseg.pfms.device import InferenceDevice
from tomaat_spleenseg.pfms.state import StateFile
from tomaat_spleenseg.pfms.vault import Vault

BASE = "/api/v1"
ALL = ("GET", "POST", "PUT", "PATCH", "DELETE")

Handler = Callable[..., Coroutine[Any, Any, HTTPResponse | None]]


def add_routes(host: Host) -> None:
    """Add all of them, beside the host's own."""
    state = StateFile(host.settings.home / "pfms.json")
    device = InferenceDevice(host.settings, state)
    vault = Vault(state)
    with routes_that_answer(host.sanic, answers.shaped):
        _add_all(host, device, vault)


def _add_all(host: Host, device: InferenceDevice, vault: Vault) -> None:
    add(host, "/spleenseg/modelpth", GET=models.listing(host), POST=models.upload(host))
    add(host, "/spleenseg/NIfTIinference", POST=inference.infer(host, device))
    add(host, "/spleenseg/inference/device", GET=device.show)
    add(host, "/about", GET=about.about)
    add(host, "/sysinfo", GET=about.sysinfo)
    with routes_that_need(host.sanic, Need.ADMIN):  # these are for all who come after
        add(host, "/spleenseg/inference/device/<device>", PUT=device.put)
        add(host, "/vaultKey", GET=vault.show, PUT=vault.put)


def add(host: Host, uri: str, **handlers: Handler) -> None:
    """Add a route for the methods that are named; others, and all errors, are answered in pfms's own shape."""
    name = f"pfms_{len(host.sanic.router.routes_all)}"

    async def refuse(request: Request, **parts: str) -> HTTPResponse:
        raise MethodNotAllowed(f"Use {' or '.join(handlers)} here, not {request.method}.")

    for method in ALL:
        handler = answered(handlers.get(method, refuse))
        streamed = method == "POST" and method in handlers
        host.sanic.add_route(handler, BASE + uri, methods=[method], name=f"{name}_{method.lower()}", stream=streamed)


def answered(handler: Handler) -> Handler:
    """The handler, with what it raises as an answer."""

    async def answer(request: Request, **parts: str) -> HTTPResponse | None:
        try:
            return await handler(request, **parts)
        except Exception as failure:
            return answers.error(as_tomaat_error(request, failure))

    return answer
