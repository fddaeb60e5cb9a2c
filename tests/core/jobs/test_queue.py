"""Jobs wait their turn: in order, so many at once, so many in all."""

from __future__ import annotations

import httpx

from calls import diary, ended, form, job, predict, running, submit, until
from hosts import RunningHost

CONFIG = """
[apps.diary]
max_workers = 2
[apps.sleeper]
queue_limit = 2
"""


def test_jobs_run_in_the_order_in_which_they_came(lean: httpx.Client, lean_host: RunningHost) -> None:
    ids = [submit(lean, "lab-one", number=number, seconds=0.05) for number in range(6)]
    assert [ended(lean, one)["state"] for one in ids] == ["succeeded"] * 6
    noted = [(words[0], int(words[2])) for words in diary(lean_host) if words[1] == "lab-one"]
    assert noted == [(event, number) for number in range(6) for event in ("begin", "end")]


def test_max_workers_run_at_once_and_no_more(lean: httpx.Client, lean_host: RunningHost) -> None:
    ids = [submit(lean, "diary", number=number, seconds=0.5) for number in range(4)]
    until(lambda: lean.get("/v1/apps/diary").json()["running"] == 2)
    assert lean.get("/v1/apps/diary").json()["queue"] == 2
    assert {ended(lean, one)["state"] for one in ids} == {"succeeded"}
    assert lean.get("/v1/apps/diary").json()["workers"] == 2
    at_once, most = 0, 0
    for words in sorted(diary(lean_host), key=lambda words: float(words[-1])):
        if words[1] == "diary":
            at_once += 1 if words[0] == "begin" else -1
            most = max(most, at_once)
    assert most == 2


def test_a_full_queue_answers_503_and_says_when_to_come_again(lean: httpx.Client, lean_host: RunningHost) -> None:
    before = len(lean_host.job_folders)
    first = submit(lean, "sleeper", seconds=30)
    running(lean, first)
    waiting = [submit(lean, "sleeper", seconds=30) for _ in range(2)]
    assert [job(lean, one)["position"] for one in (first, *waiting)] == [None, 1, 2]

    refused = lean.post("/v1/apps/sleeper/jobs", files=form({"seconds": 1}))
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    assert predict(lean, "sleeper", seconds=1).status_code == 503
    old = lean.post("/sleeper/predict", files=form({"seconds": 1}))
    assert (old.status_code, old.json()[0]["label"]) == (503, "Error!")
    assert int(old.headers["retry-after"]) > 0
    assert len(lean_host.job_folders) == before + 3
    assert predict(lean, "echo").status_code == 200, "another app's queue is its own"

    # Whoever waits moves up when one before it goes.
    assert lean.delete(f"/v1/jobs/{waiting[0]}").status_code == 204
    assert job(lean, waiting[1])["position"] == 1
    for one in (waiting[1], first):
        lean.delete(f"/v1/jobs/{one}")


def test_a_job_is_forgotten_whatever_its_state(lean: httpx.Client, lean_host: RunningHost) -> None:
    done = submit(lean, "echo")
    assert ended(lean, done)["state"] == "succeeded"
    runs = submit(lean, "sleeper", seconds=30)
    running(lean, runs)
    waits = submit(lean, "sleeper", seconds=30)
    for one in (waits, runs, done):
        assert one in lean_host.job_folders
        assert lean.delete(f"/v1/jobs/{one}").status_code == 204
        assert lean.get(f"/v1/jobs/{one}").status_code == 404
        assert lean.delete(f"/v1/jobs/{one}").status_code == 404
        assert one not in lean_host.job_folders
    listed = {found["id"] for found in lean.get("/v1/jobs").json()["jobs"]}
    assert not listed & {waits, runs, done}
    assert predict(lean, "sleeper", seconds=0).status_code == 200
