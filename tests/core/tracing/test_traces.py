"""Traces: one for each request, with spans of its job and the job's stages; none unless somebody asks for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from calls import ended, predict, submit, until
from hosts import RunningHost, install
from tomaat.tracing.plugin import wanted

StartHost = Callable[..., RunningHost]

EXPORTER = '''
import os
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult


class Lines(SpanExporter):
    """Writes each span as a line of JSON."""

    def export(self, spans):
        with open(os.path.join(os.environ["TOMAAT_HOME"], "spans"), "a", encoding="utf-8") as file:
            file.writelines(span.to_json(indent=None) + "\\n" for span in spans)
        return SpanExportResult.SUCCESS
'''
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


@pytest.fixture
def host(start_lean: StartHost, lean_apps: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunningHost:
    """A host whose traces go to a file."""
    exporter = tmp_path / "exporter"
    install(exporter, "line_exporter", EXPORTER)
    entry = "[opentelemetry_traces_exporter]\nlines = line_exporter:Lines\n"
    (exporter / "line_exporter-1.0.dist-info" / "entry_points.txt").write_text(entry, encoding="utf-8")
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "lines")
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "100")
    return start_lean(path=Path(f"{lean_apps}:{exporter}"))


def spans(host: RunningHost) -> list[dict[str, Any]]:
    path = host.home / "spans"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def test_a_call_is_one_trace_that_goes_on_from_its_client_s(host: RunningHost) -> None:
    with httpx.Client(base_url=host.url, timeout=60, headers={"traceparent": PARENT}) as http:
        assert predict(http, "talker", points="5.5625,1,2").status_code == 200
        ended(http, submit(http, "faulty", how="exception"))
    host.stop()
    found = [span for span in spans(host) if span["context"]["trace_id"] == f"0x{TRACE}"]
    by_name = {span["name"]: span for span in found}
    request, job = by_name["POST /v1/apps/{app}/predict"], by_name["job talker"]
    assert request["parent_id"] == "0x00f067aa0ba902b7"
    assert request["attributes"]["http.response.status_code"] == 200
    assert job["parent_id"] == request["context"]["span_id"]
    stages = [span for span in found if span["parent_id"] == job["context"]["span_id"]]
    assert [span["name"] for span in sorted(stages, key=lambda span: span["start_time"])] == [
        "upload", "queue", "start", "decode", "preprocess", "infer", "postprocess", "encode",
    ]  # fmt: skip
    assert all(job["start_time"] <= span["start_time"] <= span["end_time"] for span in stages)
    failed = by_name["job faulty"]
    assert (failed["attributes"]["tomaat.outcome"], failed["status"]["status_code"]) == ("internal_error", "ERROR")
    assert "5.5625" not in json.dumps(spans(host))


def test_no_more_than_a_warning_comes_of_an_exporter_that_is_not_there(
    start_lean: StartHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "nowhere")
    host = start_lean()
    assert "the exporter 'nowhere' is not installed" in host.log
    until(lambda: httpx.get(f"{host.url}/readyz").status_code == 200)


@pytest.mark.parametrize(
    ("environment", "exporters"),
    [
        ({}, []),
        ({"OTEL_SERVICE_NAME": "gpu1"}, []),
        ({"OTEL_TRACES_EXPORTER": "none"}, []),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, ["otlp"]),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "true"}, []),
        ({"OTEL_TRACES_EXPORTER": "console, otlp"}, ["console", "otlp"]),
    ],
)
def test_only_opentelemetry_s_own_variables_have_traces_made(environment: dict[str, str], exporters: list[str]) -> None:
    assert wanted(environment) == exporters
