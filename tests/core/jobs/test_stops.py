"""A host that is told to stop lets jobs end, answers who waits, and loses nothing."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx

from calls import diary, ended, form, job, predict, running, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


@contextmanager
def waiting(host: RunningHost, app: str, **fields: object) -> Iterator[list[httpx.Response]]:
    """A client that waits for a job on the line; its answer is there at the end."""
    answers: list[httpx.Response] = []

    def wait() -> None:
        with httpx.Client(base_url=host.url, timeout=60) as client:
            answers.append(predict(client, app, **fields))

    thread = threading.Thread(target=wait)
    thread.start()
    yield answers
    thread.join(30)


def test_what_runs_is_finished_and_answered_and_what_is_queued_stays(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client, waiting(host, "diary", number=1, seconds=2) as answers:
        until(lambda: client.get("/v1/jobs?app=diary").json()["jobs"])
        queued = [submit(client, "diary", number=number) for number in (2, 3)]
        until(lambda: diary(host))
        host.process.terminate()
        until(lambda: client.get("/readyz").status_code == 503)
        refused = client.post("/v1/apps/echo/jobs", files=form({"number": 1}))
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        assert int(refused.headers["Retry-After"]) > 0
        assert job(client, queued[0])["state"] == "queued", "what is there can still be looked at"
        host.process.wait(20)
    assert [answer.status_code for answer in answers] == [200]
    assert "waiting up to 20 s for 1 running job" in host.log
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert [ended(client, one)["state"] for one in queued] == ["succeeded"] * 2
    assert [words[2] for words in diary(host) if words[0] == "end"] == ["1", "2", "3"]


def test_what_runs_longer_than_the_grace_goes_back_into_the_queue(start_lean: StartHost) -> None:
    host = start_lean("grace = 0.5")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        kept = submit(client, "diary", number=1, seconds=3)
        until(lambda: diary(host))
        with waiting(host, "sleeper", seconds=50) as answers:
            running(client, until(lambda: client.get("/v1/jobs?app=sleeper").json()["jobs"])[0]["id"])
            host.stop()
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(503, "unavailable")]
    assert "Send it again" in answers[0].json()["detail"]
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        done = ended(client, kept)
        assert (done["state"], done["provenance"]["attempts"]) == ("succeeded", 1), "a stop is not the job's fault"


def test_a_client_whose_job_has_not_begun_is_told_at_once(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        running(client, submit(client, "sleeper", seconds=4))
        with waiting(host, "sleeper", seconds=1) as answers:
            until(lambda: client.get("/v1/apps/sleeper").json()["queue"] == 1)
            host.process.terminate()
            until(lambda: answers)
            assert host.process.poll() is None, "the job that runs is still waited for"
        assert (answers[0].status_code, answers[0].json()["code"]) == (503, "unavailable")


def test_the_second_signal_leaves_at_once(start_lean: StartHost) -> None:
    host = start_lean("grace = 100")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        one = submit(client, "sleeper", seconds=50)
        running(client, one)
        host.process.send_signal(signal.SIGINT)
        until(lambda: "waiting up to 100 s" in host.log)
        assert client.get("/readyz").status_code == 503
        host.process.send_signal(signal.SIGINT)
        host.process.wait(15)
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert job(client, one)["state"] in ("queued", "running")
        client.delete(f"/v1/jobs/{one}")


def test_those_who_watch_see_the_end_of_the_job_or_of_the_host(start_lean: StartHost) -> None:
    host = start_lean("grace = 5")
    with httpx.Client(base_url=host.url, timeout=30) as client:
        runs = submit(client, "sleeper", seconds=2)
        waits = submit(client, "sleeper", seconds=2)
        running(client, runs)
        seen: dict[str, str] = {}

        def watch(one: str) -> None:
            seen[one] = httpx.get(f"{host.url}/v1/jobs/{one}/events", timeout=30).text

        threads = [threading.Thread(target=watch, args=(one,)) for one in (runs, waits)]
        for thread in threads:
            thread.start()
        running(client, runs)
        host.stop()
        for thread in threads:
            thread.join(20)
    assert '"state":"succeeded"' in seen[runs]
    assert '"state":"queued"' in seen[waits].splitlines()[-2]
