"""The jobs' table, in a real SQLite file and on a real PostgreSQL."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tomaat.database import Database
from tomaat.errors import Conflict, InvalidInput
from tomaat.jobs.job import Job, JobState, new_id
from tomaat.jobs.store import JobStore
from tomaat.workers.work import Received, Result

ADD = """
import asyncio, sys, time
from tomaat.database import Database
from tomaat.jobs.job import Job
from tomaat.jobs.store import JobStore

async def main():
    store = JobStore(Database(sys.argv[1]))
    for number in range(20):
        await store.add(Job(f"job-{number:02d}", "brain", created=1.0, waited=bool(number % 2)))
    print("added", flush=True)
    time.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def store(database_url: str) -> Iterator[JobStore]:
    database = Database(database_url)
    yield JobStore(database)
    database.close()


def a_job(app: str = "brain", **attributes: Any) -> Job:
    return Job(new_id(), app, created=1.5, **attributes)


async def test_a_job_comes_back_as_it_was(store: JobStore) -> None:
    job = a_job(
        state=JobState.FAILED,
        waited=True,
        attempts=1,
        started=2.0,
        finished=3.25,
        expires=4.0,
        inputs={"image": Received(file="image", sha256="ab"), "level": Received(text="0.5")},
        formats={"labels": "mha"},
        results=[Result("report", "report.txt", "txt", "ä 1 ml"), Result("labels", "labels.mha", "mha")],
        timings={"queue": 0.25},
        provenance={"device": "cpu", "inputs": {"image": "sha256:ab"}},
    )
    await store.add(job)
    assert await store.get(job.id) == job


async def test_an_error_comes_back_with_its_type(store: JobStore) -> None:
    job = a_job(error=InvalidInput("Send a number.", field="level"))
    await store.add(job)
    found = await store.get(job.id)
    assert found is not None
    assert type(found.error) is InvalidInput
    assert found.error.as_json() == {"code": "invalid_input", "detail": "Send a number.", "field": "level"}


async def test_there_is_no_job_of_another_id(store: JobStore) -> None:
    assert await store.get(new_id()) is None


async def test_what_is_saved_replaces_what_was(store: JobStore) -> None:
    job = a_job()
    await store.add(job)
    job.state, job.attempts = JobState.RUNNING, 1
    await store.save(job)
    assert await store.get(job.id) == job


async def test_a_key_names_one_job_of_each_owner_and_app(store: JobStore) -> None:
    first = a_job(owner="me", idempotency="k1")
    await store.add(first)
    with pytest.raises(Conflict, match="Idempotency-Key"):
        await store.add(a_job(owner="me", idempotency="k1"))
    for other in (a_job(owner="you", idempotency="k1"), a_job("liver", owner="me", idempotency="k1"), a_job(), a_job()):
        await store.add(other)
    await store.forget([first.id])
    await store.add(a_job(owner="me", idempotency="k1"))


async def test_a_forgotten_job_stays_forgotten(store: JobStore) -> None:
    job = a_job()
    await store.add(job)
    await store.forget([job.id])
    await store.save(job)
    assert await store.get(job.id) is None
    assert await store.ids() == set()


async def test_jobs_are_found_newest_first(store: JobStore) -> None:
    jobs = [a_job() for _ in range(5)]
    for job in sorted(jobs, key=lambda job: job.id):
        await store.add(job)
    found = await store.find(limit=3)
    assert [job.id for job in found] == sorted((job.id for job in jobs), reverse=True)[:3]


async def test_jobs_are_found_by_app_and_state(store: JobStore) -> None:
    for app, state in [("a", JobState.QUEUED), ("a", JobState.FAILED), ("b", JobState.QUEUED), ("a", JobState.RUNNING)]:
        await store.add(a_job(app, state=state))
    assert {job.app for job in await store.find(app="a")} == {"a"}
    found = await store.find(app="a", states=[JobState.QUEUED, JobState.RUNNING])
    assert {job.state for job in found} == {JobState.QUEUED, JobState.RUNNING}


async def test_what_was_not_finished_is_found_oldest_first(store: JobStore) -> None:
    jobs = [a_job(state=state) for state in (*JobState, *JobState)]
    for job in jobs:
        await store.add(job)
    expected = sorted(job.id for job in jobs if not job.state.final)
    assert [job.id for job in await store.unfinished()] == expected


async def test_expired_is_what_has_a_time_that_is_over(store: JobStore) -> None:
    over, later, never = a_job(expires=9.0), a_job(expires=11.0), a_job()
    for job in (over, later, never):
        await store.add(job)
    assert [job.id for job in await store.expired(now=10.0)] == [over.id]


async def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(100)]
    assert len(set(ids)) == 100
    assert [one[:10] for one in ids] == sorted(one[:10] for one in ids)


async def test_two_hosts_of_one_database_see_each_other_s_jobs(store: JobStore, database_url: str) -> None:
    job = a_job()
    await store.add(job)
    database = Database(database_url)
    assert await JobStore(database).get(job.id) == job
    database.close()


def test_what_was_added_survives_a_kill(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", ADD, f"sqlite:///{tmp_path / 'jobs.db'}"],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "added\n"
        process.send_signal(signal.SIGKILL)
    with sqlite3.connect(tmp_path / "jobs.db") as connection:
        rows = connection.execute("select id from jobs order by id").fetchall()
    assert [row[0] for row in rows] == [f"job-{number:02d}" for number in range(20)]
