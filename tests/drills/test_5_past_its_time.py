"""Drill 5: a job past its app's timeout. 504 soon after it, the work has really stopped, the next call works."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from calls import exists, predict, until, workers
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

TIMEOUT = 1.0
CONFIG = f"""
[apps.stubborn]
timeout = {TIMEOUT}
[apps.sleeper]
timeout = {TIMEOUT}
"""


@pytest.mark.parametrize("app", ["sleeper", "stubborn"])
def test_it_is_told_in_time_its_process_is_gone_and_the_next_call_works(start_drilled: StartHost, app: str) -> None:
    host = start_drilled(CONFIG)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        worker = int(predict(client, app, seconds=0).json()["results"][0]["value"].rpartition(" ")[2])
        assert worker in workers(host)
        begun = time.monotonic()
        answer = predict(client, app, seconds=60)
        assert time.monotonic() - begun < TIMEOUT + 5
        assert (answer.status_code, answer.json()["code"]) == (504, "timeout")
        until(lambda: not exists(worker), seconds=2)
        assert predict(client, app, seconds=0).status_code == 200


def test_a_cold_start_does_not_count(start_drilled: StartHost) -> None:
    host = start_drilled(CONFIG)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert client.get("/v1/apps/sleeper").json()["state"] == "cold"
        assert predict(client, "sleeper", seconds=0.6).status_code == 200
