"""Traces, as a plugin of the host. Unless OpenTelemetry's own variables name an exporter, nothing of it is imported."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from tomaat.markers import hookimpl

if TYPE_CHECKING:
    from tomaat.host.host import Host

log = logging.getLogger(__name__)

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


@hookimpl
def tomaat_routes(host: Host) -> None:
    exporters = wanted(os.environ)
    if not exporters:
        return
    try:
        from tomaat.tracing.tracing import Tracing

        tracing = Tracing(exporters)
    except (ImportError, LookupError) as error:
        log.warning("no traces are made: %s; pip install 'tomaat[otel]'", error)
        return
    host.plugins.manager.register(tracing, name="tomaat.tracing")
    host.sanic.ctx.beginners.append(tracing.began)
    host.watchers.append(tracing.answered)
    host.sanic.after_server_stop(tracing.stop)


def wanted(environment: Mapping[str, str]) -> list[str]:
    """The exporters that OpenTelemetry's variables name; none unless somebody has set one of them."""
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return []
    named = environment.get("OTEL_TRACES_EXPORTER", "")
    if not named and any(environment.get(endpoint) for endpoint in ENDPOINTS):
        named = "otlp"
    return [name for name in map(str.strip, named.split(",")) if name and name != "none"]
