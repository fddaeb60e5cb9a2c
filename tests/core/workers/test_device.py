"""One app at a time computes on a device; those that hold none go on beside it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import httpx
from calls import ended, exists, processes, running, submit, until, workers
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def spans(host: RunningHost) -> list[tuple[float, float, str]]:
    """When each app's run began and ended, by the diary; in order."""
    noted: dict[tuple[str, str], list[float]] = {}
    for line in (host.home / "diary.txt").read_text().splitlines():
        _, app, number, seconds = line.split()
        noted.setdefault((app, number), []).append(float(seconds))
    return sorted((begin, end, app) for (app, _), (begin, end) in noted.items())


def test_apps_that_hold_the_device_take_turns(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ids = [
            submit(client, app, number=number, seconds=0.3)
            for number in range(2)
            for app in ("lab-one", "lab-two", "diary")
        ]
        jobs = [ended(client, one) for one in ids]
        assert {job["state"] for job in jobs} == {"succeeded"}
        assert jobs[0]["provenance"]["device"] == "cpu"
    labs = [span for span in spans(host) if span[2] != "diary"]
    assert {app for _, _, app in labs} == {"lab-one", "lab-two"}
    assert all(first[1] <= second[0] for first, second in pairwise(labs))


def test_an_app_that_holds_no_device_does_not_wait_for_it(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        holds = submit(client, "lab-one", number=0, seconds=20)
        running(client, holds)
        assert ended(client, submit(client, "diary", number=0), seconds=10)["state"] == "succeeded"


def test_a_killed_worker_gives_the_device_back(start_lean: StartHost) -> None:
    host = start_lean("[apps.lab-one]\ntimeout = 1")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        killed = submit(client, "lab-one", number=0, seconds=50)
        until(lambda: (host.home / "diary.txt").exists())
        waits = submit(client, "lab-two", number=0)
        assert ended(client, killed)["error"]["code"] == "timeout"
        assert ended(client, waits, seconds=10)["state"] == "succeeded"


def test_a_job_that_waits_for_the_device_can_be_cancelled(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        holds = submit(client, "lab-one", number=0, seconds=20)
        until(lambda: (host.home / "diary.txt").exists())
        waits = submit(client, "lab-two", number=0)
        running(client, waits)
        before = workers(host)
        client.delete(f"/v1/jobs/{waits}").raise_for_status()
        assert workers(host) == before, "it stopped by itself"
        assert client.get(f"/v1/jobs/{holds}").json()["state"] == "running"
    assert all(exists(pid) for pid in processes(host))
