"""A trace for each request: its span, that of its job, and those of the job's stages."""

from __future__ import annotations

import asyncio
import os
from importlib.metadata import entry_points
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from sanic import Request, Sanic

from tomaat._version import __version__
from tomaat.jobs.job import STAGES, Job
from tomaat.markers import hookimpl
from tomaat.traffic.answered import Answered, method_of
from tomaat.traffic.ids import TRACEPARENT, request_id

GROUP = "opentelemetry_traces_exporter"
"""Where installed exporters say what they are called."""
PROTOCOLS = {"grpc": "otlp_proto_grpc", "http/protobuf": "otlp_proto_http"}
INSIDE = frozenset({"weights", "total"})
"""Timings of what happens during another stage."""


class Tracing:
    """Makes spans, and has them exported. Nothing of an image, a file's name or a form's text is in one.

    :param exporters: names, as ``OTEL_TRACES_EXPORTER`` has them.

    Raises :class:`LookupError` for an exporter that is not installed.
    """

    def __init__(self, exporters: list[str]) -> None:
        name = os.environ.get("OTEL_SERVICE_NAME", "tomaat")
        resource = Resource.create({"service.name": name, "service.version": __version__})
        self._provider = TracerProvider(resource=resource)
        for exporter in exporters:
            self._provider.add_span_processor(BatchSpanProcessor(_exporter(exporter)))
        self._tracer = self._provider.get_tracer("tomaat", __version__)
        self._propagator = TraceContextTextMapPropagator()

    def began(self, request: Request) -> None:
        """A request has come: its trace begins, or goes on from its client's."""
        sent = {TRACEPARENT: request.headers.get(TRACEPARENT, "")}
        span = self._tracer.start_span(
            method_of(request), self._propagator.extract(sent), SpanKind.SERVER, {"tomaat.request": request_id(request)}
        )
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier, set_span_in_context(span))
        request.ctx.span, request.ctx.traceparent = span, carrier.get(TRACEPARENT, "")

    def answered(self, answered: Answered) -> None:
        """The request is over."""
        span = getattr(answered.context, "span", None)
        if span is None:
            return
        span.update_name(f"{answered.method} {answered.route}")
        span.set_attributes(
            {
                "http.request.method": answered.method,
                "http.route": answered.route,
                "http.response.status_code": answered.status,
            }
        )
        if answered.status >= 500:
            span.set_status(Status(StatusCode.ERROR))
        span.end()

    @hookimpl
    def tomaat_job_finished(self, job: Job) -> None:
        """The job is over: its span, and one for each of its stages, by its timings."""
        upload = job.timings.get("upload", 0.0)
        span = self._tracer.start_span(
            f"job {job.app}",
            self._propagator.extract({TRACEPARENT: job.trace}),
            SpanKind.INTERNAL,
            {
                "tomaat.app": job.app,
                "tomaat.job": job.id,
                "tomaat.request": job.request,
                "tomaat.outcome": job.error.code if job.error else str(job.state),
                "tomaat.device": str(job.provenance.get("device", "")),
            },
            start_time=_ns(job.created - upload),
        )
        if job.error is not None:
            span.set_status(Status(StatusCode.ERROR))
        self._stages(job, set_span_in_context(span), job.created - upload)
        span.end(_ns(job.finished or job.created))

    def _stages(self, job: Job, parent: Any, begun: float) -> None:
        for stage in STAGES:
            if stage in job.timings and stage not in INSIDE:
                span = self._tracer.start_span(stage, parent, start_time=_ns(begun))
                begun += job.timings[stage]
                span.end(_ns(begun))

    async def stop(self, _: Sanic[Any, Any]) -> None:
        """Export what is left."""
        await asyncio.to_thread(self._provider.shutdown)


def _exporter(name: str) -> SpanExporter:
    if name == "otlp":
        name = PROTOCOLS.get(os.environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), name)
    for found in entry_points(group=GROUP, name=name):
        exporter: SpanExporter = found.load()()
        return exporter
    raise LookupError(f"the exporter {name!r} is not installed")


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
