"""Hosts, and processes of the service, that do the same at the same time."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from calls import until
from postgresql import PostgreSQL
from services import RunningService, announcement

TOGETHER = 12
FREE = "key_rate = 0\naddress_rate = 0\ncheck_interval = 0\n"


@pytest.fixture
def pair(start_service: Any, postgresql: PostgreSQL, tmp_path: Path) -> tuple[RunningService, RunningService]:
    """Two processes on one PostgreSQL, which was empty when both started."""
    database = postgresql.new_database()
    homes = [tmp_path / "first", tmp_path / "second"]
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda home: start_service(home=home, database=database, config=FREE), homes)
    return first, second


def race(services: list[RunningService], keys: list[str], rounds: int = 4, **fields: Any) -> None:
    """Announce one URL from many hosts at once; all are told that it is there."""

    def announce(number: int) -> dict[str, Any]:
        service, key = services[number % len(services)], keys[number % len(keys)]
        answer: dict[str, Any] = service.announce(key, name=f"app{number}", **fields).json()
        return answer

    with ThreadPoolExecutor(TOGETHER) as threads:
        answers = list(threads.map(announce, range(TOGETHER * rounds)))
    assert answers == [{"status": 0, "error": ""}] * len(answers)


def test_two_hosts_that_race_on_one_url_have_one_entry(start_service: Any, database_url: str) -> None:
    service = start_service(database=database_url, config=FREE)
    race([service], [service.make_key()])
    (found,) = service.discover()
    sid = found["SID"]
    race([service], [service.make_key()])  # another key, another entry: nobody takes another's
    assert len(service.discover()) == 2
    assert sid in {each["SID"] for each in service.discover()}
    assert "Traceback" not in service.log


def test_two_processes_have_one_entry_too(pair: tuple[RunningService, RunningService]) -> None:
    key = pair[0].make_key()
    race(list(pair), [key])
    for service in pair:
        assert len(service.discover()) == 1
        assert "Traceback" not in service.log
    assert pair[0].discover() == pair[1].discover()


def test_two_processes_keep_a_key_s_limit(pair: tuple[RunningService, RunningService]) -> None:
    key = pair[0].make_key("--max-endpoints", "3")

    def announce(number: int) -> int:
        return pair[number % 2].announce(key, base=f"http://host{number}").status_code

    with ThreadPoolExecutor(TOGETHER) as threads:
        codes = Counter(threads.map(announce, range(TOGETHER)))
    assert codes == {200: 3, 403: TOGETHER - 3}
    assert len(pair[0].discover()) == 3


def test_one_service_per_key_stays_one(pair: tuple[RunningService, RunningService]) -> None:
    """TOMAAT's case: whoever comes last has the entry."""
    key = pair[0].make_key("--max-endpoints", "1")

    def announce(number: int) -> int:
        status: int = pair[number % 2].announce(key, base=f"http://host{number}").json()["status"]
        return status

    with ThreadPoolExecutor(TOGETHER) as threads:
        assert set(threads.map(announce, range(3 * TOGETHER))) == {0}
    assert len(pair[1].discover()) == 1


def test_what_one_process_is_told_the_other_tells(pair: tuple[RunningService, RunningService]) -> None:
    first, second = pair
    key = first.make_key()
    heard: list[str] = []

    def listen() -> None:
        with httpx.stream("GET", f"{second.url}/v1/endpoints/events", timeout=60) as stream:
            for line in stream.iter_lines():
                heard.append(line)
                if line == "event: gone":
                    return

    with ThreadPoolExecutor(1) as thread:
        listening = thread.submit(listen)
        until(lambda: heard)
        headers = {"X-API-Key": key}
        made = httpx.post(f"{first.url}/v1/endpoints", json=announcement(), headers=headers).raise_for_status().json()
        until(lambda: "event: appeared" in heard)
        changed = announcement(description="Better.")
        httpx.post(f"{second.url}/v1/endpoints", json=changed, headers=headers).raise_for_status()
        until(lambda: "event: changed" in heard)
        httpx.delete(f"{first.url}/v1/endpoints/{made['sid']}", headers=headers).raise_for_status()
        listening.result(30)
    assert [line for line in heard if line.startswith("event:")] == ["event: appeared", "event: changed", "event: gone"]
    assert any(made["sid"] in line for line in heard)
    assert second.discover() == []
