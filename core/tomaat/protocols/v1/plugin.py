"""API v1, as a plugin of the host."""

from __future__ import annotations

from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.protocols.v1 import apps, docs, health, jobs, predict, results, weights


@hookimpl
def tomaat_routes(host: Host) -> None:
    for part in (apps, predict, jobs, results, weights, health, docs):
        part.add_routes(host)
