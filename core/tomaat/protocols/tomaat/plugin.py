"""The protocol of the first TOMAAT, as a plugin of the host: its clients, 3D Slicer among them, work unchanged."""

from __future__ import annotations

from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.protocols.tomaat import routes


@hookimpl
def tomaat_routes(host: Host) -> None:
    routes.add_routes(host)
