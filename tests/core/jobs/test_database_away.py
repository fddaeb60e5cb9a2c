"""A host whose database is away for a while: it says so, loses no job that it has accepted, and goes on by itself."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator

import httpx
import pytest

from calls import diary, ended, predict, running, send, submit, until
from hosts import RunningHost
from postgresql import PostgreSQL

StartHost = Callable[..., RunningHost]


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """A PostgreSQL server that a test may stop."""
    server = PostgreSQL()
    yield server
    server.close()


def begun(host: RunningHost) -> list[int]:
    return sorted(int(words[2]) for words in diary(host) if words[0] == "begin")


def refuses(client: httpx.Client) -> None:
    """That calls are answered at once, as something to try again; nothing of them is left."""
    answers = [predict(client, "echo", number=1), send(client, "/v1/apps/echo/jobs"), client.get("/v1/jobs")]
    assert [answer.status_code for answer in answers] == [503, 503, 503], [answer.text for answer in answers]
    assert all(int(answer.headers["Retry-After"]) >= 1 for answer in answers)
    assert {answer.json()["code"] for answer in answers} == {"unavailable"}
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_postgresql_is_stopped_and_started_again(start_lean: StartHost, server: PostgreSQL) -> None:
    host = start_lean(f'database = "{server.new_database()}"')
    with httpx.Client(base_url=host.url, timeout=60) as client:
        jobs = [submit(client, "diary", number=number, seconds=1 if number == 0 else 0) for number in range(4)]
        running(client, jobs[0])
        server.stop()
        refuses(client)
        # What runs and what waits goes on, and its end is known here before the database knows it.
        assert [ended(client, job)["state"] for job in jobs] == ["succeeded"] * 4
        server.start()
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: [job["state"] for job in client.get("/v1/jobs").json()["jobs"]] == ["succeeded"] * 4)
        assert predict(client, "echo", number=1).status_code == 200
        assert begun(host) == [0, 1, 2, 3]
    assert "Traceback" not in host.log
    assert 1 <= host.log.count("the database can't be used:") <= 4
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert {client.get(f"/v1/jobs/{job}").json()["state"] for job in jobs} == {"succeeded"}
        known = {job["id"] for job in client.get("/v1/jobs").json()["jobs"]}
    until(lambda: set(host.job_folders) <= known)


def test_a_host_on_postgresql_that_is_killed_takes_up_its_jobs(start_lean: StartHost, server: PostgreSQL) -> None:
    host = start_lean(f'database = "{server.new_database()}"')
    with httpx.Client(base_url=host.url, timeout=60) as client:
        jobs = [submit(client, "diary", number=number, seconds=2 if number == 0 else 0) for number in range(4)]
        until(lambda: begun(host) == [0])
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert [ended(client, job)["state"] for job in jobs] == ["succeeded"] * 4
    assert begun(host) == [0, 0, 1, 2, 3]


def test_another_process_holds_a_lock_for_long(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        jobs = [submit(client, "diary", number=number, seconds=1 if number == 0 else 0) for number in range(3)]
        running(client, jobs[0])
        with sqlite3.connect(host.home / "tomaat.db", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            assert predict(client, "echo", number=1).status_code == 503
            assert client.get("/readyz").status_code == 503
            assert client.get("/v1/jobs").status_code == 200  # reading goes on
            assert [ended(client, job)["state"] for job in jobs] == ["succeeded"] * 3
            other.execute("ROLLBACK")
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: {job["state"] for job in client.get("/v1/jobs").json()["jobs"]} == {"succeeded"})
        assert predict(client, "echo", number=1).status_code == 200
    assert begun(host) == [0, 1, 2]
    assert "Traceback" not in host.log


def test_the_file_is_gone_and_comes_back(start_lean: StartHost) -> None:
    host = start_lean()
    path, away = host.home / "tomaat.db", host.home / "away.db"
    with httpx.Client(base_url=host.url, timeout=60) as client:
        job = submit(client, "diary", number=1, seconds=1)
        running(client, job)
        shutil.move(path, away)
        assert predict(client, "echo", number=1).status_code == 503
        assert client.get("/readyz").status_code == 503
        assert ended(client, job)["state"] == "succeeded"
        shutil.move(away, path)
        until(lambda: client.get("/readyz").status_code == 200)
        until(lambda: client.get("/v1/jobs").json()["jobs"][0]["state"] == "succeeded")
    host.kill()
    host.start()
    assert httpx.get(f"{host.url}/v1/jobs/{job}").json()["state"] == "succeeded"
