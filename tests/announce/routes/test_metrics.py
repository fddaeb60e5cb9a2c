"""``/metrics``: what Prometheus is told, and what nobody is."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from calls import until
from postgresql import PostgreSQL
from services import RunningService


@pytest.fixture
def own(start_service: Callable[..., RunningService]) -> RunningService:
    return start_service()


def counts(service: RunningService) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """All samples, by name and labels."""
    response = httpx.get(f"{service.url}/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("tomaat_announce_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_announcements_are_counted_by_what_became_of_them(own: RunningService) -> None:
    key = own.make_key("--max-endpoints", "2")
    for number in (1, 2, 3):
        own.announce(key, base=f"http://127.0.0.1:9/{number}")
    own.announce("f" * 64)
    own.announce(key, name=None)
    own.announce(key, prediction_url="file:///etc/passwd")
    sid = own.discover()[0]["SID"]
    bearer = {"Authorization": f"Bearer {key}"}
    assert httpx.post(f"{own.url}/v1/endpoints/{sid}/renew", headers=bearer).status_code == 200
    assert httpx.post(f"{own.url}/v1/endpoints", content=b"no").status_code == 400
    found = counts(own)
    wanted = {
        "accepted": 2, "renewed": 1, "forbidden": 1, "unauthorized": 1, "invalid_input": 2, "malformed_request": 1,
    }  # fmt: skip
    got = {labels[0][1]: number for (name, labels), number in found.items() if name == "announcements_total"}
    assert got == wanted


def test_what_is_listed_and_checked_and_asked_is_counted(own: RunningService) -> None:
    own.announce(own.make_key())
    own.discover()
    httpx.get(f"{own.url}/v1/endpoints")
    until(lambda: counts(own)["endpoints", (("state", "unreachable"),)] == 1, seconds=30)
    found = counts(own)
    assert found["endpoints", (("state", "alive"),)] == 0
    assert found["checks_total", (("outcome", "no_answer"),)] >= 1
    assert found["discoveries_total", (("route", "discover"),)] == 1
    assert found["discoveries_total", (("route", "v1"),)] == 1
    assert found["database_errors_total", ()] == 0


def test_requests_are_timed_by_route_and_not_by_path(own: RunningService) -> None:
    for path in ("/v1/endpoints/secret1", "/v1/endpoints/secret2", "/no/such/secret"):
        assert httpx.get(f"{own.url}{path}").status_code == 404
    httpx.request("BREW", own.url)
    found = counts(own)
    by_route = (("method", "GET"), ("route", "/v1/endpoints/{sid}"), ("status", "404"))
    assert found["request_seconds_count", by_route] == 2
    assert found["request_seconds_count", (("method", "GET"), ("route", "none"), ("status", "404"))] == 1
    text = httpx.get(f"{own.url}/metrics").text
    assert "secret" not in text
    assert "BREW" not in text


def test_listeners_are_counted(own: RunningService) -> None:
    with httpx.stream("GET", f"{own.url}/v1/endpoints/events") as response:
        chunks = response.iter_bytes()
        next(chunks)
        assert counts(own)["event_listeners", ()] == 1


def test_no_key_and_no_name_is_a_label(own: RunningService) -> None:
    key = own.make_key()
    own.announce(key, name="a-secret-name")
    text = httpx.get(f"{own.url}/metrics").text
    assert key not in text
    assert "a-secret-name" not in text
    assert "127.0.0.1" not in text


def test_it_answers_while_the_database_is_away(
    postgresql: PostgreSQL, start_service: Callable[..., RunningService]
) -> None:
    service = start_service(database=postgresql.new_database())
    postgresql.stop()
    try:
        assert httpx.get(f"{service.url}/v1/endpoints", timeout=30).status_code == 503
        found = counts(service)
        assert found["database_errors_total", ()] >= 1
        assert ("endpoints", (("state", "alive"),)) not in found
    finally:
        postgresql.start()
    until(lambda: ("endpoints", (("state", "alive"),)) in counts(service), seconds=30)
