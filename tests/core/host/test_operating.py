"""Workers are started and stopped by hand, and shown; an app that is broken says why."""

from __future__ import annotations

import httpx

from calls import exists, predict, running, submit, until, workers
from hosts import RunningHost
from tomaat import Client

CONFIG = """
[apps.echo]
min_workers = 1

[apps.sleeper]
concurrency = 2
"""


def app(client: httpx.Client, name: str) -> dict[str, object]:
    found: dict[str, object] = client.get(f"/v1/apps/{name}").json()
    return found


def test_an_app_that_should_always_have_a_worker_has_one(lean: httpx.Client) -> None:
    shown = until(lambda: (found := app(lean, "echo"))["state"] == "warm" and found)
    (worker,) = shown["instances"]  # type: ignore[misc]
    assert (worker["state"], worker["device"], worker["jobs"]) == ("warm", "cpu", 0)
    assert "Worker</dt><dd>warm on cpu" in lean.get("/apps/echo").text


def test_an_app_is_warmed_and_stopped(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = workers(lean_host)
    warmed = lean.post("/v1/apps/diary/warm")
    assert (warmed.status_code, warmed.json()["state"], warmed.json()["workers"]) == (200, "warm", 1)
    (worker,) = workers(lean_host) - before
    stopped = lean.post("/v1/apps/diary/stop")
    assert (stopped.status_code, stopped.json()["state"]) == (202, "stopping")
    until(lambda: not exists(worker))
    until(lambda: app(lean, "diary")["state"] == "cold")
    for way in ("warm", "stop"):
        assert lean.post(f"/v1/apps/nothing/{way}").status_code == 404


def test_a_busy_worker_ends_when_its_job_is_done(lean: httpx.Client, lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        first, second = submit(lean, "sleeper", seconds=1.5), submit(lean, "sleeper", seconds=0)
        running(lean, first)
        assert client.app("sleeper").json["instances"][0]["jobs"] >= 1
        assert client.stop("sleeper").state in ("stopping", "busy")
        assert client.job(first).wait().state == client.job(second).wait().state == "succeeded"
        until(lambda: client.app("sleeper").state == "cold")
        assert client.warm("sleeper").state == "warm"


def test_an_app_that_does_not_start_is_broken_and_all_others_go_on(lean: httpx.Client) -> None:
    codes = [predict(lean, "unloadable", number=0).json()["code"] for _ in range(4)]
    assert codes == ["worker_not_started"] * 3 + ["app_broken"]
    refused = predict(lean, "unloadable", number=0)
    assert refused.status_code == 503
    assert 1 <= int(refused.headers["retry-after"]) <= 30
    shown = app(lean, "unloadable")
    assert shown["state"] == "broken"
    assert "FileNotFoundError" in str(shown["reason"])
    assert "out of order" in lean.get("/").text
    again = lean.post("/v1/apps/unloadable/warm")
    assert (again.status_code, again.json()["code"]) == (503, "worker_not_started")
    assert predict(lean, "echo").status_code == 200
