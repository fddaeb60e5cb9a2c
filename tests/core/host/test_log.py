"""The host's log: one record a line, with what it is about, and nothing that a client or an app says."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from calls import ended, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def records(host: RunningHost) -> list[dict[str, Any]]:
    """The lines of a JSON log; each of them has to be one."""
    return [json.loads(line) for line in host.log.splitlines()]


def test_every_line_is_json_and_says_what_it_is_about(start_lean: StartHost) -> None:
    host = start_lean(options=("--log-format", "json"))
    with httpx.Client(base_url=host.url, timeout=60) as http:
        http.headers["X-Request-Id"] = "request-of-the-test"
        failed = submit(http, "talker", fail="true")
        ended(http, failed)
        killed = submit(http, "faulty", how="segfault")
        ended(http, killed)
        assert http.get("/v1/apps/secret-name?secret=1").status_code == 404
    host.stop()
    lines = records(host)
    of_job = [line for line in lines if line.get("job") == failed]
    assert {line["logger"] for line in of_job} == {"tomaat.worker", "tomaat.jobs"}
    assert all((line["app"], line["request"]) == ("talker", "request-of-the-test") for line in of_job)
    [trace] = [line["trace"] for line in of_job if "trace" in line]
    assert trace.endswith("ValueError")
    [outcome] = [line for line in lines if line.get("outcome") == "worker_died"]
    assert outcome["job"] == killed
    assert outcome["timings"]["total"] > 0
    assert any("Segmentation fault" in line["message"] for line in lines if line["logger"] == "tomaat.raw")
    assert any("talker is being loaded" in line["message"] for line in lines)
    access = [line for line in lines if line["logger"] == "tomaat.access"]
    [missing] = [line for line in access if line["status"] == 404]
    assert (missing["method"], missing["route"]) == ("GET", "/v1/apps/{app}")
    assert "secret" not in host.log


def test_what_apps_say_is_there_where_the_settings_want_it(start_lean: StartHost) -> None:
    host = start_lean(options=("--log-apps", "--log-format", "json"))
    with httpx.Client(base_url=host.url, timeout=60) as http:
        job = submit(http, "talker", fail="true")
        ended(http, job)
        assert "printed nothing" in http.get(f"/v1/jobs/{job}/log").text
    host.stop()
    messages = {line["message"] for line in records(host)}
    assert {"logged nothing", "printed nothing", "a thread printed nothing"} <= messages
    assert any("a child echoed nothing" in message for message in messages)
    assert any("ValueError: raised nothing" in line.get("trace", "") for line in records(host))


def test_in_a_log_for_people_each_request_is_a_line(lean: httpx.Client, lean_host: RunningHost) -> None:
    lean.get("/v1/apps/echo", headers={"X-Request-Id": "seen-by-people"})
    [line] = until(lambda: [line for line in lean_host.log.splitlines() if "request=seen-by-people" in line])
    assert "tomaat.access: GET /v1/apps/{app} 200 [" in line
    assert " seconds=" in line


def test_supervisors_are_not_logged(lean: httpx.Client, lean_host: RunningHost) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert lean.get(path, headers={"X-Request-Id": "supervisor"}).status_code == 200
    lean.get("/v1/apps", headers={"X-Request-Id": "after-the-supervisor"})
    until(lambda: "request=after-the-supervisor" in lean_host.log)
    assert "request=supervisor" not in lean_host.log
