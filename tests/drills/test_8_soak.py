"""Drill 8: mixed traffic over three apps while workers are killed at random.

12 s of it; ``TOMAAT_TEST_SOAK=1800`` makes it the half hour that is meant.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx
import numpy as np
import SimpleITK as sitk

import images
from calls import ended, form, predict, submit, until, workers
from hosts import RunningHost
from vitals import MIB, memory

StartHost = Callable[..., RunningHost]

CLIENTS = 4
CONFIG = """
[apps.echo]
max_workers = 2
idle_timeout = 2
[apps.sleeper]
idle_timeout = 2
"""
GROWTH = 20 * MIB
TRUE = ("succeeded", "failed", "cancelled")


@dataclass
class Traffic:
    """Clients that call three apps in every way, and somebody who kills.

    :ivar outcomes: how often each thing came of a call.
    :ivar wrong: what should not have come.
    """

    host: RunningHost
    end: float
    outcomes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.file = images.file_of(images.ball())
        self.ball = images.read(self.file, "a.nii.gz")
        self.marked = int((sitk.GetArrayViewFromImage(self.ball) > 0).sum())

    def run(self) -> None:
        """Go on until the end; fails where something came that should not have."""
        threads = [threading.Thread(target=self._client, args=(seed,)) for seed in range(CLIENTS)]
        threads.append(threading.Thread(target=self._kill))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert self.wrong == []

    def _client(self, seed: int) -> None:
        chance = random.Random(seed)
        calls = (self._echo, self._positive, self._job, self._job, self._leave, self._cancel)
        with httpx.Client(base_url=self.host.url, timeout=60) as client:
            while time.monotonic() < self.end:
                try:
                    chance.choice(calls)(client, chance)
                except Exception as error:
                    self.wrong.append(f"{type(error).__name__}: {error}")
                time.sleep(chance.uniform(0, 0.05))

    def _kill(self) -> None:
        chance = random.Random("kill")
        while time.monotonic() < self.end:
            time.sleep(chance.uniform(0.5, 2.5))
            if found := sorted(workers(self.host)):
                try:
                    os.kill(chance.choice(found), signal.SIGKILL)
                except ProcessLookupError:
                    continue  # it ended by itself
                self.outcomes["kills"] += 1

    def _echo(self, client: httpx.Client, chance: random.Random) -> None:
        number = chance.randint(0, 10)
        answer = predict(client, "echo", number=number)
        if self._succeeded(answer.status_code, answer.text):
            self._expect(answer.json()["results"][0]["value"], f"one {number}")
            self._forget(client, answer.json()["id"], chance)

    def _positive(self, client: httpx.Client, chance: random.Random) -> None:
        answer = client.post(
            "/v1/apps/positive/predict", files=form({"image": self.file}), headers={"Accept": "application/x-mha"}
        )
        if self._succeeded(answer.status_code, answer.text[:300]):
            labels = images.read(answer.content, "a.mha")
            self._expect(images.grid_of(labels), images.grid_of(self.ball))
            self._expect(int(np.count_nonzero(sitk.GetArrayViewFromImage(labels))), self.marked)

    def _job(self, client: httpx.Client, chance: random.Random) -> None:
        image = chance.random() < 0.5
        fields = {"image": self.file} if image else {"seconds": round(chance.uniform(0, 0.3), 2)}
        job = ended(client, submit(client, "positive" if image else "sleeper", **fields), seconds=60)
        if job["state"] == "succeeded":
            result = client.get(job["results"][0]["href"])
            self._expect(result.status_code, 200)
            self._expect(len(result.content), job["results"][0]["size"])
        else:
            self._expect((job["state"], job["error"]["code"]), ("failed", "worker_died"))
        self.outcomes[job["state"]] += 1
        self._forget(client, job["id"], chance)

    def _leave(self, client: httpx.Client, chance: random.Random) -> None:
        try:
            client.post("/v1/apps/sleeper/predict", files=form({"seconds": 20}), timeout=chance.uniform(0.05, 0.3))
        except httpx.TransportError:
            self.outcomes["left"] += 1

    def _cancel(self, client: httpx.Client, chance: random.Random) -> None:
        job = submit(client, "sleeper", seconds=20)
        time.sleep(chance.uniform(0, 0.2))
        self._expect(client.delete(f"/v1/jobs/{job}").status_code, 204)
        self._expect(client.get(f"/v1/jobs/{job}").status_code, 404)
        self.outcomes["cancelled"] += 1

    def _forget(self, client: httpx.Client, job: str, chance: random.Random) -> None:
        if chance.random() < 0.8:
            self._expect(client.delete(f"/v1/jobs/{job}").status_code, 204)

    def _succeeded(self, status: int, text: str) -> bool:
        if status == 500 and "worker_died" in text:
            self.outcomes["failed"] += 1
            return False
        self._expect((status, text if status != 200 else ""), (200, ""))
        self.outcomes["succeeded"] += 1
        return status == 200

    def _expect(self, found: object, wanted: object) -> None:
        if found != wanted:
            self.wrong.append(f"{found!r} instead of {wanted!r}")


def test_every_accepted_job_ends_in_a_state_that_is_true_and_memory_stays(
    start_drilled: StartHost, soak_seconds: int
) -> None:
    host = start_drilled(CONFIG)
    Traffic(host, time.monotonic() + min(soak_seconds / 4, 60)).run()  # what every kind of call needs once
    before = memory(host.process.pid)
    traffic = Traffic(host, time.monotonic() + soak_seconds)
    traffic.run()
    assert traffic.outcomes["succeeded"] > 0
    assert traffic.outcomes["kills"] > 0
    with httpx.Client(base_url=host.url, timeout=60) as client:
        until(lambda: client.get("/v1/jobs?state=queued&state=running").json() == {"jobs": []}, seconds=30)
        jobs = client.get("/v1/jobs?limit=1000").json()["jobs"]
        assert {job["state"] for job in jobs} <= set(TRUE)
        assert set(host.job_folders) <= {job["id"] for job in jobs} or len(jobs) == 1000
        assert predict(client, "echo").status_code == 200
    assert memory(host.process.pid) - before < GROWTH
    assert "Traceback" not in host.log
