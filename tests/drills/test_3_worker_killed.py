"""Drill 3: kill -9 of the worker during a job. The waiting client gets its answer, or is told; the next call works."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from calls import ended, predict, running, submit, until, workers
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


@contextmanager
def waiting(client: httpx.Client, seconds: float) -> Iterator[list[httpx.Response]]:
    """A client that waits for its answer in a thread of its own; it has come when this ends."""
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(predict(client, "sleeper", seconds=seconds)))
    thread.start()
    yield answers
    thread.join(60)


def test_the_client_gets_its_answer_or_a_clear_one_and_the_next_call_works(start_drilled: StartHost) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        first = predict(client, "sleeper", seconds=0).json()["results"][0]["value"]
        worker = int(first.rpartition(" ")[2])
        with waiting(client, 1.5) as answers:
            until(lambda: client.get("/v1/apps/sleeper").json()["state"] == "busy")
            os.kill(worker, signal.SIGKILL)
            killed = time.monotonic()
        seconds = time.monotonic() - killed
        (answer,) = answers
        assert answer.status_code == 200 or answer.json()["code"] == "worker_died", answer.text
        assert seconds < 5 + (1.5 if answer.status_code == 200 else 0)
        assert predict(client, "sleeper", seconds=0).status_code == 200


def test_a_job_that_kills_every_worker_ends_as_failed(start_drilled: StartHost) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        answer = predict(client, "faulty", how="segfault")
        assert (answer.status_code, answer.json()["code"]) == (500, "worker_died")
        assert predict(client, "faulty", how="fine").status_code == 200


@pytest.mark.parametrize("when", ["idle", "busy"])
def test_the_fork_server_may_be_killed_too(start_drilled: StartHost, when: str) -> None:
    host = start_drilled("[apps.sleeper]\nidle_timeout = 1\n")
    with httpx.Client(base_url=host.url, timeout=60) as client:
        predict(client, "sleeper", seconds=0)
        job = submit(client, "sleeper", seconds=1) if when == "busy" else ""
        if job:
            running(client, job)
        parents = {int(_parent(pid)) for pid in workers(host)} - {host.process.pid}
        for pid in parents:
            os.kill(pid, signal.SIGKILL)
        if job:
            assert ended(client, job)["state"] == "succeeded"
        assert predict(client, "echo").status_code == 200
        assert predict(client, "sleeper", seconds=0).status_code == 200


def _parent(pid: int) -> str:
    with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
        return file.read().rpartition(")")[2].split()[1]
