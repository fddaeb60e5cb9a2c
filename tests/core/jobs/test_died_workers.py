"""A worker dies under a job: the job is run once more, and fails if that one dies, too."""

from __future__ import annotations

import os
import signal
import threading

import httpx

from calls import diary, ended, job, predict, running, submit, until, workers
from hosts import RunningHost


def kill_workers(host: RunningHost) -> None:
    for pid in workers(host):
        os.kill(pid, signal.SIGKILL)


def test_a_job_is_run_once_more(lean: httpx.Client, lean_host: RunningHost) -> None:
    one = submit(lean, "diary", number=71, seconds=2)
    until(lambda: [words for words in diary(lean_host) if words[2] == "71"])
    kill_workers(lean_host)
    done = ended(lean, one)
    assert (done["state"], done["provenance"]["attempts"]) == ("succeeded", 2)
    assert [words[0] for words in diary(lean_host) if words[2] == "71"] == ["begin", "begin", "end"]
    assert any(one in line for line in lean_host.log.splitlines() if "run once more" in line)


def test_a_client_that_waits_is_none_the_wiser(lean: httpx.Client, lean_host: RunningHost) -> None:
    answers: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: answers.append(predict(lean, "diary", number=72, seconds=1)))
    thread.start()
    until(lambda: [words for words in diary(lean_host) if words[2] == "72"])
    kill_workers(lean_host)
    thread.join(30)
    assert (answers[0].status_code, answers[0].json()["provenance"]["attempts"]) == (200, 2)


def test_a_job_that_kills_its_worker_fails_after_two(lean: httpx.Client, lean_host: RunningHost) -> None:
    one = ended(lean, submit(lean, "faulty", how="segfault"))
    assert (one["state"], one["error"]["code"]) == ("failed", "worker_died")
    assert "ran it again" in one["error"]["detail"]
    assert predict(lean, "faulty", how="fine").status_code == 200


def test_a_cancelled_job_is_not_run_again(lean: httpx.Client, lean_host: RunningHost) -> None:
    one = submit(lean, "sleeper", seconds=30)
    running(lean, one)
    assert lean.delete(f"/v1/jobs/{one}").status_code == 204
    assert predict(lean, "sleeper", seconds=0).json()["provenance"]["attempts"] == 1


def test_an_undisturbed_job_has_one_attempt(lean: httpx.Client) -> None:
    one = ended(lean, submit(lean, "echo", number=1))
    assert one["provenance"]["attempts"] == 1
    assert job(lean, one["id"])["state"] == "succeeded"
