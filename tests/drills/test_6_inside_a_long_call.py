"""Drill 6: a job is cancelled inside one long call of C++, which hears nothing. It is gone all the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import httpx
import pytest

from calls import exists, predict, running, submit, until, workers
from hosts import RunningHost

StartHost = Callable[..., RunningHost]

LONG = {"stubborn": {"seconds": 60}, "labour": {"steps": 1_000_000}}
"""A call of C that sleeps and lets other threads run; one of ITK that computes and does not."""
SHORT = {"stubborn": {"seconds": 0}, "labour": {"steps": 1}}


@pytest.mark.parametrize("app", LONG)
def test_it_is_gone_within_six_seconds(start_drilled: StartHost, app: str) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        predict(client, app, **SHORT[app])
        (worker,) = workers(host)
        job = submit(client, app, **LONG[app])
        running(client, job)
        time.sleep(0.3)  # until it is in that call
        begun = time.monotonic()
        assert client.delete(f"/v1/jobs/{job}").status_code == 204
        until(lambda: not exists(worker), seconds=6 - (time.monotonic() - begun))
        assert time.monotonic() - begun < 6
        assert predict(client, app, **SHORT[app]).status_code == 200


@pytest.mark.parametrize("app", LONG)
def test_it_is_gone_with_its_host(start_drilled: StartHost, app: str) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        predict(client, app, **SHORT[app])
        (worker,) = workers(host)
        running(client, submit(client, app, **LONG[app]))
        time.sleep(0.3)  # until it is in that call
    host.kill()
    until(lambda: not exists(worker), seconds=5)


def test_others_are_served_meanwhile(start_drilled: StartHost) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        job = submit(client, "labour", **LONG["labour"])
        running(client, job)
        cancelling = threading.Thread(target=client.delete, args=(f"/v1/jobs/{job}",))
        cancelling.start()
        with httpx.Client(base_url=host.url, timeout=60) as other:
            assert predict(other, "echo").status_code == 200
        cancelling.join(30)
