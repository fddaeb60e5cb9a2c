"""A host that is killed, as by a power cut, and started again: nothing that was accepted is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable

import httpx
import images
from calls import ended, predict, running, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


def attempts(host: RunningHost) -> dict[str, int]:
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        return dict(connection.execute("select id, attempts from jobs").fetchall())


def begun(host: RunningHost) -> Counter[int]:
    """How often the diary's app has begun with each number."""
    diary = host.home / "diary.txt"
    lines = diary.read_text().splitlines() if diary.exists() else []
    return Counter(int(line.split()[2]) for line in lines if line.startswith("begin"))


def test_after_a_kill_all_accepted_jobs_run_once(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        done = submit(client, "diary", number=100)
        ended(client, done)
        first = submit(client, "diary", number=0, seconds=1.5)
        queued = [submit(client, "diary", number=number) for number in range(1, 5)]
        image = submit(client, "positive", image=images.file_of(images.ball()))
        until(lambda: begun(host)[0] == 1)
    host.kill()
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        after = [ended(client, one) for one in (done, first, *queued, image)]
        assert [job["state"] for job in after] == ["succeeded"] * 7
        assert client.get(after[0]["results"][0]["href"]).status_code == 200
        assert client.get(after[-1]["results"][0]["href"]).status_code == 200
    assert begun(host) == {100: 1, 0: 2, 1: 1, 2: 1, 3: 1, 4: 1}
    assert [attempts(host)[one] for one in (done, first, *queued)] == [1, 2, 1, 1, 1, 1]


def test_a_job_under_which_the_host_is_killed_twice_fails_with_the_reason(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        deadly = submit(client, "diary", number=7, seconds=30)
        behind = submit(client, "diary", number=8)
    for time in (1, 2):
        until(lambda time=time: begun(host)[7] == time)
        host.kill()
        host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        job = ended(client, deadly)
        assert (job["state"], job["error"]["code"]) == ("failed", "worker_died")
        assert "twice" in job["error"]["detail"]
        assert ended(client, behind)["state"] == "succeeded"
    assert begun(host)[7] == 2


def test_a_job_whose_client_waited_on_the_line_is_dropped(start_lean: StartHost) -> None:
    host = start_lean()

    def wait() -> None:
        with httpx.Client(base_url=host.url, timeout=60) as waiting:
            try:
                predict(waiting, "sleeper", seconds=20)
            except httpx.TransportError:
                broken.set()

    broken = threading.Event()
    thread = threading.Thread(target=wait)
    thread.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        (found,) = until(lambda: client.get("/v1/jobs?app=sleeper").json()["jobs"])
        running(client, found["id"])
    host.kill()
    thread.join(10)
    assert broken.is_set(), "the client was not told"
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        job = ended(client, found["id"], seconds=3)
        assert job["state"] == "cancelled"
        assert "client waited" in job["error"]["detail"]


def test_an_orderly_stop_keeps_what_is_queued_too(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ids = [submit(client, "diary", number=number, seconds=1 if number == 0 else 0) for number in range(3)]
        until(lambda: begun(host)[0] == 1)
    host.stop()
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert [ended(client, one)["state"] for one in ids] == ["succeeded"] * 3
