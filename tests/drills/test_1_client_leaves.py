"""Drill 1: the client leaves during a long job. It is cancelled, and the next call is served at once."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx
import pytest

from calls import form, predict, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]


@pytest.mark.parametrize("path", ["/v1/apps/sleeper/predict", "/sleeper/predict"])
def test_a_job_whose_client_has_left_is_cancelled_and_the_next_call_is_served(
    start_drilled: StartHost, path: str
) -> None:
    host = start_drilled()
    with httpx.Client(base_url=host.url, timeout=30) as client:
        predict(client, "sleeper", seconds=0)
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(host.url + path, files=form({"seconds": 60}), timeout=0.7)
        left = time.monotonic()
        until(lambda: client.get("/v1/apps/sleeper").json()["running"] == 0, seconds=2)
        assert predict(client, "sleeper", seconds=0).status_code == 200
        assert time.monotonic() - left < 4, "the next call waited for somebody who had left"
        assert client.get("/v1/jobs?state=running&state=queued").json() == {"jobs": []}
