"""Server-sent events of what comes and goes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from services import RunningService, announcement

Events = Iterator[tuple[int, str, dict[str, Any]]]


@contextmanager
def listening(service: RunningService, last: int | None = None) -> Iterator[Events]:
    """The events from now on, or from the one with the number ``last`` on."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with httpx.stream("GET", f"{service.url}/v1/endpoints/events", headers=headers, timeout=20) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        lines = response.iter_lines()
        assert next(lines).startswith(":")
        yield _events(lines)


def _events(lines: Iterator[str]) -> Events:
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(": ")
        if line:
            fields[name] = value
        elif "data" in fields:
            yield int(fields["id"]), fields["event"], json.loads(fields["data"])
            fields = {}


@pytest.fixture
def quiet(start_service: Any, database_url: str) -> RunningService:
    """A service of a test's own, which checks nothing: a state that changes is an event, too."""
    started: RunningService = start_service(database=database_url, config="check_interval = 0")
    return started


def test_what_comes_changes_and_goes_is_told_in_order(quiet: RunningService) -> None:
    key = quiet.make_key()
    quiet.announce(key, base="http://before")
    with listening(quiet) as events:
        quiet.announce(key)
        quiet.announce(key)
        quiet.announce(key, name="Spleen 2")
        sid = next(found["SID"] for found in quiet.discover() if found["name"] == "Spleen 2")
        httpx.delete(f"{quiet.url}/v1/endpoints/{sid}", headers={"X-API-Key": key}).raise_for_status()
        told = [next(events) for _ in range(3)]
    assert [(kind, endpoint["name"]) for _, kind, endpoint in told] == [
        ("appeared", "Spleen"),
        ("changed", "Spleen 2"),
        ("gone", "Spleen 2"),
    ]
    assert {endpoint["sid"] for _, _, endpoint in told} == {sid}
    assert [number for number, _, _ in told] == sorted(number for number, _, _ in told)


def test_who_comes_back_misses_nothing_and_hears_nothing_twice(quiet: RunningService) -> None:
    key = quiet.make_key()
    with listening(quiet) as events:
        quiet.announce(key, base="http://one")
        last, _, _ = next(events)
    quiet.announce(key, base="http://two")
    with listening(quiet, last) as events:
        quiet.announce(key, base="http://three")
        told = [next(events)[2]["prediction_url"] for _ in range(2)]
        quiet.announce(key, base="http://four")
        told.append(next(events)[2]["prediction_url"])
    assert told == ["http://two/predict", "http://three/predict", "http://four/predict"]


def test_a_listener_does_not_hold_up_the_end(quiet: RunningService) -> None:
    with listening(quiet):
        quiet.stop()
    assert quiet.process.returncode == 0


def test_announcements_are_as_large_as_they_may_be(quiet: RunningService) -> None:
    key = quiet.make_key()
    with listening(quiet) as events:
        said = announcement(api_key=key, description="x" * 10_000)
        assert httpx.post(f"{quiet.url}/announce", json=said).json()["status"] == 0
        assert len(next(events)[2]["description"]) == 10_000
