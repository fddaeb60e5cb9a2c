"""Whoever stops waiting stops the job; whatever ends, ends with all that it has started."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import httpx
import pytest

from calls import diary, ended, exists, form, predict, processes, running, submit, until, workers
from hosts import RunningHost

CONFIG = """
[apps.diary]
idle_timeout = 1
"""
StartHost = Callable[..., RunningHost]


def child(host: RunningHost, count: int = 1) -> int:
    """The latest process that the app ``parent`` has started."""
    noted = until(lambda: len(found := [words for words in diary(host) if words[0] == "child"]) >= count and found)
    return int(noted[-1][1])


def test_an_app_that_listens_stops_at_once_and_its_worker_goes_on(lean: httpx.Client) -> None:
    pid = predict(lean, "sleeper", seconds=0).json()["results"][0]["value"]
    job = submit(lean, "sleeper", seconds=50)
    running(lean, job)
    begun = time.monotonic()
    assert lean.delete(f"/v1/jobs/{job}").status_code == 204
    assert time.monotonic() - begun < 1.0
    assert predict(lean, "sleeper", seconds=0).json()["results"][0]["value"] == pid


def test_an_app_that_hears_nothing_is_ended_by_force(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = workers(lean_host)
    job = submit(lean, "stubborn", seconds=50)
    running(lean, job)
    (worker,) = workers(lean_host) - before
    begun = time.monotonic()
    assert lean.delete(f"/v1/jobs/{job}").status_code == 204
    assert 4.0 < time.monotonic() - begun < 7.0
    assert not exists(worker)
    assert predict(lean, "stubborn", seconds=0).status_code == 200


@pytest.mark.parametrize("path", ["/v1/apps/sleeper/predict", "/sleeper/predict"])
def test_a_client_that_leaves_takes_its_job_with_it(lean: httpx.Client, lean_host: RunningHost, path: str) -> None:
    predict(lean, "sleeper", seconds=0)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(lean_host.url + path, files=form({"seconds": 50}), timeout=0.5)
    until(lambda: lean.get("/v1/apps/sleeper").json()["state"] == "warm", seconds=2)
    until(lambda: lean.get("/v1/jobs?app=sleeper&state=running&state=queued").json() == {"jobs": []}, seconds=2)


def test_a_client_that_leaves_the_queue_takes_its_job_with_it(lean: httpx.Client, lean_host: RunningHost) -> None:
    first = submit(lean, "sleeper", seconds=50)
    running(lean, first)
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{lean_host.url}/v1/apps/sleeper/predict", files=form({"seconds": 50}), timeout=0.3)
    until(lambda: lean.get("/v1/apps/sleeper").json()["queue"] == 0, seconds=2)
    lean.delete(f"/v1/jobs/{first}")


def test_a_client_that_stops_watching_leaves_the_job_alone(lean: httpx.Client) -> None:
    job = submit(lean, "sleeper", seconds=1)
    with lean.stream("GET", f"/v1/jobs/{job}/events") as events:
        next(events.iter_raw())
    assert ended(lean, job)["state"] == "succeeded"


def test_an_idle_worker_ends(lean: httpx.Client, lean_host: RunningHost) -> None:
    assert lean.get("/v1/apps/diary").json()["state"] == "cold"
    before = workers(lean_host)
    assert predict(lean, "diary").status_code == 200
    assert lean.get("/v1/apps/diary").json()["state"] == "warm"
    (worker,) = workers(lean_host) - before
    until(lambda: lean.get("/v1/apps/diary").json()["state"] == "cold", seconds=4)
    until(lambda: not exists(worker))
    assert lean.get("/v1/apps/diary").json()["workers"] == 0
    assert predict(lean, "diary").status_code == 200


def test_a_cancelled_worker_ends_with_what_its_app_has_started(lean: httpx.Client, lean_host: RunningHost) -> None:
    job = submit(lean, "parent", then="wait")
    started = child(lean_host)
    assert exists(started)
    lean.delete(f"/v1/jobs/{job}")
    until(lambda: not exists(started), seconds=2)


def test_what_a_crashed_app_has_started_ends_too(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = len([words for words in diary(lean_host) if words[0] == "child"])
    for count in range(1, 5):  # the host may notice the crash early or late
        assert predict(lean, "parent", then="exit").json()["code"] == "worker_died"
        started = child(lean_host, before + count)
        until(lambda started=started: not exists(started), seconds=2)


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_a_host_leaves_no_process_behind(start_lean: StartHost, end: str) -> None:
    host = start_lean("grace = 1.0")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        for app in ("sleeper", "stubborn"):
            running(client, submit(client, app, seconds=50))
        submit(client, "parent", then="wait")
        assert exists(child(host))
        assert predict(client, "echo").status_code == 200
    assert len(workers(host)) == 5
    begun = time.monotonic()
    getattr(host, end)()
    assert time.monotonic() - begun < 8.0
    try:
        until(lambda: processes(host) == set(), seconds=5)
    finally:
        for pid in processes(host):
            os.kill(pid, signal.SIGKILL)
