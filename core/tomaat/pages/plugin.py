"""The host's page, as a plugin of the host."""

from __future__ import annotations

from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.pages import status


@hookimpl
def tomaat_routes(host: Host) -> None:
    status.add_routes(host)
