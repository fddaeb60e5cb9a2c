"""The protocol of the first TOMAAT, as a plugin of the host: its clients, 3D Slicer among them, work unchanged."""

from __future__ import annotations

from tomaat.access.needs import routes_that_answer
from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.protocols.tomaat import answers, routes


@hookimpl
def tomaat_routes(host: Host) -> None:
    with routes_that_answer(host.sanic, answers.shaped, anywhere=True):
        routes.add_routes(host)
