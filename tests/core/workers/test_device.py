"""One app at a time computes on a device; those that hold none go on beside it."""

from __future__ import annotations

from itertools import pairwise

import httpx

from calls import diary, ended, running, submit, until, workers
from hosts import RunningHost

CONFIG = """
[apps.lab-one]
timeout = 2
"""


def spans(host: RunningHost, numbers: range) -> list[tuple[float, float, str]]:
    """When each app's run of these numbers began and ended; in order."""
    noted: dict[tuple[str, int], list[float]] = {}
    for _, app, number, seconds in diary(host):
        noted.setdefault((app, int(number)), []).append(float(seconds))
    return sorted((begin, end, app) for (app, number), (begin, end) in noted.items() if number in numbers)


def test_apps_that_hold_the_device_take_turns(lean: httpx.Client, lean_host: RunningHost) -> None:
    names = ("lab-one", "lab-two", "diary")
    ids = [submit(lean, app, number=number, seconds=0.3) for number in (1, 2) for app in names]
    jobs = [ended(lean, one) for one in ids]
    assert {job["state"] for job in jobs} == {"succeeded"}
    assert {job["provenance"]["device"] for job in jobs} == {"cpu"}
    labs = [span for span in spans(lean_host, range(1, 3)) if span[2] != "diary"]
    assert [app for _, _, app in labs].count("lab-one") == 2
    assert all(first[1] <= second[0] for first, second in pairwise(labs))


def test_an_app_that_holds_no_device_does_not_wait_for_it(lean: httpx.Client) -> None:
    holds = submit(lean, "lab-two", number=10, seconds=30)
    running(lean, holds)
    assert ended(lean, submit(lean, "diary", number=10), seconds=10)["state"] == "succeeded"
    lean.delete(f"/v1/jobs/{holds}")


def test_a_killed_worker_gives_the_device_back(lean: httpx.Client, lean_host: RunningHost) -> None:
    killed = submit(lean, "lab-one", number=20, seconds=50)
    until(lambda: "20" in {line[2] for line in diary(lean_host)})
    waits = submit(lean, "lab-two", number=20)
    assert ended(lean, killed)["error"]["code"] == "timeout"
    assert ended(lean, waits, seconds=10)["state"] == "succeeded"


def test_a_job_that_waits_for_the_device_can_be_cancelled(lean: httpx.Client, lean_host: RunningHost) -> None:
    lean.post("/v1/apps/lab-one/predict", files={"number": (None, "30")})
    holds = submit(lean, "lab-two", number=31, seconds=30)
    until(lambda: "31" in {line[2] for line in diary(lean_host)})
    waits = submit(lean, "lab-one", number=32)
    running(lean, waits)
    before = workers(lean_host)
    lean.delete(f"/v1/jobs/{waits}").raise_for_status()
    assert workers(lean_host) == before, "it stops by itself"
    assert lean.get(f"/v1/jobs/{holds}").json()["state"] == "running"
    assert "32" not in {line[2] for line in diary(lean_host)}
