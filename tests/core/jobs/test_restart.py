"""A host that is killed, as by a power cut, and started again: nothing that was accepted is lost."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

import images
from calls import diary, ended, predict, running, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


@dataclass
class Killed:
    """A host that was killed under many jobs, and has been started again."""

    host: RunningHost
    client: httpx.Client
    done: str = ""
    first: str = ""
    queued: list[str] = field(default_factory=list)
    volume: str = ""
    waited: str = ""
    client_was_told: threading.Event = field(default_factory=threading.Event)

    def fill(self) -> None:
        """One job has ended, two run, one of them with its client on the line, five wait."""
        with httpx.Client(base_url=self.host.url, timeout=60) as client:
            self.done = submit(client, "diary", number=100)
            ended(client, self.done)
            threading.Thread(target=self._wait).start()
            (waited,) = until(lambda: client.get("/v1/jobs?app=sleeper").json()["jobs"])
            self.waited = waited["id"]
            running(client, self.waited)
            self.first = submit(client, "diary", number=0, seconds=1.5)
            self.queued = [submit(client, "diary", number=number) for number in range(1, 5)]
            self.volume = submit(client, "positive", image=images.file_of(images.ball()))
            until(lambda: begun(self.host)[0] == 1)

    def _wait(self) -> None:
        with httpx.Client(base_url=self.host.url, timeout=60) as client:
            try:
                predict(client, "sleeper", seconds=50)
            except httpx.TransportError:
                self.client_was_told.set()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[Killed]:
    host = RunningHost(home=tmp_path_factory.mktemp("killed"), path=lean_apps)
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        scene = Killed(host, client)
        scene.fill()
        host.kill()
        host.start()
        yield scene
    host.kill()


def begun(host: RunningHost) -> Counter[int]:
    """How often the diary's app has begun with each number."""
    return Counter(int(words[2]) for words in diary(host) if words[0] == "begin")


def test_all_accepted_jobs_are_finished(killed: Killed) -> None:
    ids = [killed.done, killed.first, *killed.queued, killed.volume]
    jobs = [ended(killed.client, one) for one in ids]
    assert [job["state"] for job in jobs] == ["succeeded"] * 7
    assert {killed.client.get(job["results"][0]["href"]).status_code for job in jobs} == {200}


def test_only_what_ran_is_run_again(killed: Killed) -> None:
    ids = [killed.done, killed.first, *killed.queued]
    for one in ids:
        ended(killed.client, one)
    assert begun(killed.host) == {100: 1, 0: 2, 1: 1, 2: 1, 3: 1, 4: 1}
    with sqlite3.connect(killed.host.home / "tomaat.db") as connection:
        attempts = dict(connection.execute("select id, attempts from jobs").fetchall())
    assert [attempts[one] for one in ids] == [1, 2, 1, 1, 1, 1]


def test_they_run_in_their_old_order(killed: Killed) -> None:
    for one in killed.queued:
        ended(killed.client, one)
    last = [int(words[2]) for words in diary(killed.host) if words[0] == "end"]
    assert last == [100, 0, 1, 2, 3, 4]


def test_a_job_whose_client_waited_on_the_line_is_dropped(killed: Killed) -> None:
    assert killed.client_was_told.wait(10)
    job = ended(killed.client, killed.waited, seconds=3)
    assert job["state"] == "cancelled"
    assert "client waited" in job["error"]["detail"]


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


def test_an_orderly_stop_is_quick_and_keeps_what_is_queued(start_lean: StartHost) -> None:
    host = start_lean()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        ids = [submit(client, "diary", number=number, seconds=1 if number == 0 else 0) for number in range(3)]
        until(lambda: begun(host)[0] == 1)
    host.process.terminate()
    host.process.wait(8)
    host.start()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        assert [ended(client, one)["state"] for one in ids] == ["succeeded"] * 3
