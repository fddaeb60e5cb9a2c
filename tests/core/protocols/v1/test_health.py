"""``/healthz`` and ``/readyz``: what a supervisor asks."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import httpx

from hosts import RunningHost


def test_the_process_answers(lean: httpx.Client) -> None:
    response = lean.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_a_host_that_can_take_jobs_is_ready(lean: httpx.Client) -> None:
    ready = lean.get("/readyz").json()
    assert (ready["status"], ready["broken"]) == ("ok", 0)
    assert ready["apps"] == len(lean.get("/v1/apps").json()["apps"])


def test_a_host_that_can_not_read_its_database_is_not_ready_and_lives(start_lean: Callable[..., RunningHost]) -> None:
    host = start_lean()
    httpx.get(f"{host.url}/v1/jobs").raise_for_status()
    time.sleep(0.5)  # it answers before it has looked for old jobs
    with sqlite3.connect(host.home / "tomaat.db") as connection:
        connection.execute("drop table jobs")
    ready = httpx.get(f"{host.url}/readyz", timeout=30)
    assert ready.status_code == 503
    assert str(host.home) not in ready.text
    assert httpx.get(f"{host.url}/healthz").status_code == 200
