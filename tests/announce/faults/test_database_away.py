"""A database that is away for a while: callers are told to try again, and nothing that was acknowledged is lost."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, insert, select
from sqlalchemy.engine import make_url

from calls import until
from postgresql import PostgreSQL
from services import RunningService, announcement
from tomaat_announce.tables import ENDPOINTS

FREE = "key_rate = 0\naddress_rate = 0\ncheck_interval = 0\n"
HOSTS = 4


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that a test may stop."""
    server = PostgreSQL()
    yield server
    server.close()


def test_the_database_is_stopped_and_started_again(start_service: Any, server: PostgreSQL) -> None:
    service = start_service(database=server.new_database(), config=FREE)
    key = service.make_key()
    assert service.announce(key).json() == {"status": 0, "error": ""}
    before = service.discover()
    server.stop()
    refusals(service, key)
    assert httpx.get(f"{service.url}/healthz").status_code == 200  # no reason to be restarted
    assert httpx.get(f"{service.url}/readyz").status_code == 503
    command = service.command("keys", "list")
    assert command.exit_code == 1
    assert "The database can't be used" in command.stderr
    server.start()
    until(lambda: httpx.get(f"{service.url}/readyz").status_code == 200)
    assert service.discover() == before
    assert service.announce(key, base="http://second").json() == {"status": 0, "error": ""}
    assert len(service.discover()) == 2
    assert "Traceback" not in service.log
    assert "the database can't be used" in service.log


def refusals(service: RunningService, key: str) -> None:
    """That each route says that nothing was done, and when to try again; in a moment, and as its clients read it."""
    old = httpx.post(f"{service.url}/announce", json=announcement(api_key=key, base="http://lost"), timeout=10)
    assert (old.status_code, old.json()["status"]) == (503, 1)
    assert "nothing was stored" in old.json()["error"]
    assert int(old.headers["Retry-After"]) >= 1
    with httpx.Client(base_url=service.url, headers={"X-API-Key": key}, timeout=10) as client:
        answers = [
            client.post("/v1/endpoints", json=announcement(base="http://lost")),
            client.post("/v1/endpoints/abcdefgh/renew"),
            client.delete("/v1/endpoints/abcdefgh"),
            client.get("/v1/endpoints"),
            client.get("/v1/endpoints/abcdefgh"),
            client.get("/v1/endpoints/facets"),
            client.get("/discover"),
        ]
    assert [answer.status_code for answer in answers] == [503] * len(answers)
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}


def test_half_a_list_does_not_pass_for_a_whole_one(start_service: Any, server: PostgreSQL) -> None:
    database = server.new_database()
    service = start_service(database=database, config=FREE)
    service.announce(service.make_key(), description="x" * 10_000)
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        row = connection.execute(select(ENDPOINTS)).one()._asdict()
        more = (
            {"id": number, "sid": f"sid{number}", "prediction_url": f"http://{number}"} for number in range(2, 4000)
        )
        connection.execute(insert(ENDPOINTS), [row | each for each in more])
    engine.dispose()
    with httpx.stream("GET", f"{service.url}/discover", timeout=30) as answer:
        pieces = answer.iter_bytes()
        assert next(pieces).startswith(b"[{")
        server.stop()
        with pytest.raises(httpx.TransportError):
            list(pieces)
    assert "Traceback" not in service.log


def test_hosts_that_announce_meanwhile_lose_nothing(start_service: Any, server: PostgreSQL) -> None:
    """Each repeats what was not acknowledged, as hosts do; every acknowledgement holds."""
    service = start_service(database=server.new_database(), config=FREE)
    key = service.make_key()
    acknowledged: set[str] = set()
    seen: Counter[int] = Counter()
    enough = threading.Event()

    def announce(number: int) -> None:
        count = 0
        with httpx.Client(base_url=service.url, timeout=30) as client:
            while not enough.is_set():
                said = announcement(api_key=key, base=f"http://host{number}/{count}")
                answer = client.post("/announce", json=said)
                seen[answer.status_code] += 1
                if answer.json()["status"] == 0:
                    acknowledged.add(said["prediction_url"])
                    count += 1

    with ThreadPoolExecutor(HOSTS) as threads:
        hosts = [threads.submit(announce, number) for number in range(HOSTS)]
        try:
            until(lambda: len(acknowledged) > 20, 60)
            server.stop()
            until(lambda: seen[503] > 5, 60)
            at_stop = len(acknowledged)
            server.start()
            until(lambda: len(acknowledged) > at_stop + 20, 60)
        finally:
            enough.set()
        for host in hosts:
            host.result(60)
    assert set(seen) == {200, 503}
    there = [found["prediction_url"] for found in service.discover()]
    assert acknowledged <= set(there)
    assert len(there) == len(set(there))
    assert "Traceback" not in service.log


def test_a_service_may_be_started_before_its_database(start_service: Any, server: PostgreSQL) -> None:
    """As both are after a power cut; it waits."""
    database = server.new_database()
    server.stop()
    with ThreadPoolExecutor(1) as thread:
        starting = thread.submit(start_service, database=database)
        server.start()
        service = starting.result(60)
    assert service.announce(service.make_key()).json() == {"status": 0, "error": ""}
