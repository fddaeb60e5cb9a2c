"""A busy host that is killed at random moments, again and again: what it has said of its jobs stays true."""

from __future__ import annotations

import os
import random
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

import images
from calls import diary, ended, processes, send, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

KILLS = int(os.environ.get("TOMAAT_TEST_KILLS") or 8)
"""How often it is killed; ``TOMAAT_TEST_KILLS=20`` for more."""
LONGEST = 60.0
"""Seconds that the killing goes on at most."""


@dataclass
class Traffic:
    """Clients of a host that comes and goes; they note what they were told."""

    host: RunningHost
    enough: threading.Event = field(default_factory=threading.Event)
    accepted: dict[str, int] = field(default_factory=dict)
    volumes: list[str] = field(default_factory=list)
    removed: set[str] = field(default_factory=set)
    answered: Counter[int] = field(default_factory=Counter)

    def start(self) -> list[threading.Thread]:
        """Begin to call; returns the threads that do, to be waited for."""
        kinds = (self._submit_texts, self._submit_volumes, self._wait_for_answers, self._remove)
        threads = [threading.Thread(target=self._again_and_again, args=(kind,)) for kind in kinds]
        for thread in threads:
            thread.start()
        return threads

    def _again_and_again(self, kind: Callable[[httpx.Client], None]) -> None:
        while not self.enough.is_set():
            try:
                with httpx.Client(base_url=self.host.url, timeout=20) as client:
                    while not self.enough.is_set():
                        kind(client)
            except httpx.TransportError:
                time.sleep(0.05)  # the host is not there

    def _submit_texts(self, client: httpx.Client) -> None:
        number = len(self.accepted) % 1000
        answer = send(client, "/v1/apps/diary/jobs", number=number, seconds=0.05)
        self._note(answer)
        if answer.status_code == 202:
            self.accepted[answer.json()["id"]] = number

    def _submit_volumes(self, client: httpx.Client) -> None:
        answer = send(client, "/v1/apps/positive/jobs", image=images.file_of(images.ball()))
        self._note(answer)
        if answer.status_code == 202:
            self.volumes.append(answer.json()["id"])
        time.sleep(0.1)

    def _wait_for_answers(self, client: httpx.Client) -> None:
        self._note(send(client, "/v1/apps/echo/predict", accept="text/plain", number=1))

    def _remove(self, client: httpx.Client) -> None:
        for job in list(self.volumes)[::3]:
            if job not in self.removed and client.delete(f"/v1/jobs/{job}").status_code in (204, 404):
                self.removed.add(job)
        time.sleep(0.2)

    def _note(self, answer: httpx.Response) -> None:
        self.answered[answer.status_code] += 1


def test_a_host_that_is_killed_at_random_moments(start_lean: StartHost) -> None:
    chance = random.Random()
    host = start_lean("[apps.diary]\nqueue_limit = 1000\n[apps.positive]\nqueue_limit = 1000\n")
    traffic = Traffic(host)
    threads = traffic.start()
    deadline = time.monotonic() + LONGEST
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.0, 0.8))
        host.kill()
        host.start()
        if time.monotonic() > deadline:
            break
    until(lambda: traffic.answered[200] and traffic.accepted and traffic.volumes)
    traffic.enough.set()
    for thread in threads:
        thread.join(30)
    all_is_true(host, traffic)
    nothing_is_left(host)


def all_is_true(host: RunningHost, traffic: Traffic) -> None:
    """Every job that was accepted has ended as it says, none ran more often than it may."""
    with httpx.Client(base_url=host.url, timeout=30) as client:
        jobs = {one: ended(client, one, seconds=90) for one in traffic.accepted}
        begun = Counter(int(words[2]) for words in diary(host) if words[0] == "begin")
        finished = {int(words[2]) for words in diary(host) if words[0] == "end"}
        for one, number in traffic.accepted.items():
            if jobs[one]["state"] == "succeeded":
                assert number in finished
                assert client.get(jobs[one]["results"][0]["href"]).status_code == 200
            else:  # a worker had it at two of the kills, though perhaps its app had not begun
                assert jobs[one]["error"]["code"] == "worker_died", jobs[one]
        for one in set(traffic.volumes) - traffic.removed:
            job = ended(client, one, seconds=90)
            if job["state"] == "succeeded":
                assert len(client.get(job["results"][0]["href"]).content) > 100
            else:
                assert job["error"]["code"] == "worker_died", job
        assert {client.get(f"/v1/jobs/{one}").status_code for one in traffic.removed} <= {404}
    if len(traffic.accepted) < 1000:
        assert max(begun.values()) <= 2
    assert set(traffic.answered) <= {200, 202, 503}


def nothing_is_left(host: RunningHost) -> None:
    """Folders and rows agree, no upload lies about, and all processes are the living host's."""

    def rows() -> dict[str, str]:
        with sqlite3.connect(host.home / "tomaat.db") as connection:
            return dict(connection.execute("SELECT id, state FROM jobs").fetchall())

    until(lambda: not {"queued", "running"} & set(rows().values()), seconds=60)
    until(lambda: set(host.job_folders) <= set(rows()))
    until(lambda: not list((host.home / "jobs").glob("*/inputs")))
    assert list((host.home / "weights").glob("incoming/*")) == []
    host.stop()
    until(lambda: not processes(host))
