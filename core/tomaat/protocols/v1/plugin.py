"""API v1, as a plugin of the host."""

from __future__ import annotations

from tomaat.host.host import Host
from tomaat.markers import hookimpl
from tomaat.protocols.v1 import (
    apps,
    docs,
    events,
    health,
    inputs,
    jobs,
    me,
    operating,
    predict,
    results,
    vitals,
    weights,
)


@hookimpl
def tomaat_routes(host: Host) -> None:
    for part in (apps, predict, jobs, events, inputs, results, weights, me, operating, vitals, health, docs):
        part.add_routes(host)
