"""``/metrics``: what a host counts."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from prometheus_client.parser import text_string_to_metric_families

from calls import ended, predict, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def counts(http: httpx.Client) -> dict[tuple[str, ...], float]:
    """All samples, by name and the values of their labels."""
    response = http.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("tomaat_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_jobs_are_counted_by_outcome_and_stage(start_lean: StartHost) -> None:
    with httpx.Client(base_url=start_lean().url, timeout=60) as http:
        assert counts(http)["jobs_total", "echo", "succeeded"] == 0
        assert predict(http, "echo", number=1).status_code == 200
        assert predict(http, "faulty", how="exception").status_code == 500
        assert predict(http, "unloadable", number=0).status_code == 503
        found = until(lambda: (now := counts(http)).get(("jobs_total", "unloadable", "worker_not_started")) and now)
    assert found["jobs_total", "echo", "succeeded"] == 1
    assert found["jobs_total", "faulty", "internal_error"] == 1
    for stage in ("upload", "queue", "start", "decode", "preprocess", "infer", "postprocess", "encode", "total"):
        assert found["job_stage_seconds_count", "echo", stage] == 1
    assert found["worker_starts_total", "echo"] == 1
    assert found["worker_start_failures_total", "unloadable"] >= 1


def test_what_waits_runs_and_lives_is_shown(start_lean: StartHost) -> None:
    config = "[apps.sleeper]\nidle_timeout = 0"
    with httpx.Client(base_url=start_lean(config).url, timeout=60) as http:
        first, second = (submit(http, "sleeper", seconds=2) for _ in range(2))
        found = until(lambda: (now := counts(http))["workers", "sleeper", "busy"] and now)
        assert (found["jobs_running", "sleeper"], found["jobs_queued", "sleeper"]) == (1, 1)
        assert found["host_memory_bytes",] > 2**20
        assert found["uploads",] == 0
        assert found["database_errors_total",] == 0
        ended(http, first)
        ended(http, second)
        until(lambda: counts(http).get(("worker_ends_total", "sleeper", "idle")))
        assert counts(http)["workers", "sleeper", "busy"] == 0


def test_kills_are_counted_by_why(start_lean: StartHost) -> None:
    with httpx.Client(base_url=start_lean("[apps.stubborn]\ntimeout = 1").url, timeout=60) as http:
        assert predict(http, "stubborn", seconds=30).status_code == 504
        assert predict(http, "faulty", how="exit").status_code == 500
        found = until(lambda: (now := counts(http)).get(("worker_ends_total", "faulty", "died")) == 2 and now)
    assert found["worker_ends_total", "stubborn", "timeout"] == 1


def test_requests_are_counted_by_route_and_not_by_path(start_lean: StartHost) -> None:
    with httpx.Client(base_url=start_lean().url, timeout=60) as http:
        for path in ("/v1/apps/secret1", "/v1/apps/secret2", "/v1/no/such/secret"):
            assert http.get(path).status_code == 404
        http.request("BREW", "/v1/apps")
        assert predict(http, "echo", number=1).status_code == 200
        found = counts(http)
        assert found["http_request_seconds_count", "GET", "/v1/apps/{app}", "404"] == 2
        assert found["http_request_seconds_count", "GET", "none", "404"] == 1
        assert found["http_received_bytes_total", "/v1/apps/{app}/predict"] > 0
        assert found["http_sent_bytes_total", "/v1/apps/{app}/predict"] > 0
        text = http.get("/metrics").text
    assert "secret" not in text
    assert "BREW" not in text


def test_an_announcement_service_inside_counts_too(start_lean: StartHost) -> None:
    with httpx.Client(base_url=start_lean(options=("--with-announce",)).url, timeout=60) as http:
        found = counts(http)
    assert ("announce_endpoints", "alive") in found
    assert ("jobs_queued", "echo") in found
