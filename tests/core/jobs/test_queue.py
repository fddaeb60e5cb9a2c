"""Jobs wait their turn: in order, so many at once, so many in all."""

from __future__ import annotations

from collections.abc import Callable

import httpx
from calls import ended, form, job, predict, running, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def diary(host: RunningHost) -> list[list[str]]:
    """What the diary's apps have noted: ``begin``, the app, the number, seconds."""
    return [line.split() for line in (host.home / "diary.txt").read_text().splitlines()]


def test_jobs_run_in_the_order_in_which_they_came(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ids = [submit(client, "diary", number=number, seconds=0.05) for number in range(6)]
        assert [ended(client, one)["state"] for one in ids] == ["succeeded"] * 6
    words = [(event, int(number)) for event, _, number, _ in diary(host)]
    assert words == [(event, number) for number in range(6) for event in ("begin", "end")]


def test_max_workers_run_at_once_and_no_more(start_lean: StartHost) -> None:
    host = start_lean("[apps.diary]\nmax_workers = 2")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ids = [submit(client, "diary", number=number, seconds=0.5) for number in range(4)]
        until(lambda: client.get("/v1/apps/diary").json()["running"] == 2)
        assert client.get("/v1/apps/diary").json()["queue"] == 2
        assert {ended(client, one)["state"] for one in ids} == {"succeeded"}
        assert client.get("/v1/apps/diary").json()["workers"] == 2
    at_once, most = 0, 0
    for event, *_ in sorted(diary(host), key=lambda words: float(words[3])):
        at_once += 1 if event == "begin" else -1
        most = max(most, at_once)
    assert most == 2


def test_a_full_queue_answers_503_and_says_when_to_come_again(start_lean: StartHost) -> None:
    host = start_lean("[apps.sleeper]\nqueue_limit = 2")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        first = submit(client, "sleeper", seconds=30)
        running(client, first)
        waiting = [submit(client, "sleeper", seconds=30) for _ in range(2)]
        assert [job(client, one)["position"] for one in (first, *waiting)] == [None, 1, 2]

        refused = client.post("/v1/apps/sleeper/jobs", files=form({"seconds": 1}))
        assert (refused.status_code, refused.json()["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) > 0
        assert predict(client, "sleeper", seconds=1).status_code == 503
        old = client.post("/sleeper/predict", files=form({"seconds": 1}))
        assert (old.status_code, old.json()[0]["label"]) == (503, "Error!")
        assert int(old.headers["retry-after"]) > 0
        assert len(host.job_folders) == 3
        assert predict(client, "echo").status_code == 200, "another app's queue is its own"

        # Whoever waits moves up when one before it goes.
        assert client.delete(f"/v1/jobs/{waiting[0]}").status_code == 204
        assert job(client, waiting[1])["position"] == 1


def test_a_job_is_forgotten_whatever_its_state(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        done = submit(client, "echo")
        assert ended(client, done)["state"] == "succeeded"
        runs = submit(client, "sleeper", seconds=30)
        running(client, runs)
        waits = submit(client, "sleeper", seconds=30)
        for one in (waits, runs, done):
            assert client.delete(f"/v1/jobs/{one}").status_code == 204
            assert client.get(f"/v1/jobs/{one}").status_code == 404
            assert client.delete(f"/v1/jobs/{one}").status_code == 404
        assert client.get("/v1/jobs").json() == {"jobs": []}
        assert host.job_folders == []
        assert predict(client, "sleeper", seconds=0).status_code == 200
