"""A host with a small budget: workers make room for each other, and what can't fit is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from calls import ended, predict, running, submit, until
from hosts import RunningHost

StartHost = Callable[..., RunningHost]
MIB = 2**20
CONFIG = f"""
[devices.cpu]
memory = {1000 * MIB}
"""
LARGE = 600
"""Megabytes that fit into the budget, beside what every worker has, but not twice."""


def app(client: httpx.Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/apps/{name}").json()
    return found


def test_the_idle_make_room_and_apps_show_what_they_take(lean: httpx.Client) -> None:
    for name in ("hungry", "thirsty", "hungry"):
        assert predict(lean, name, megabytes=LARGE).status_code == 200
    (measured,) = until(lambda: app(lean, "hungry")["memory"])
    assert LARGE * MIB < measured["rss"] < 2 * LARGE * MIB
    assert (measured["device"], measured["gpu"], measured["weights"]) == ("cpu", 0, "")
    assert (app(lean, "hungry")["workers"], app(lean, "thirsty")["workers"]) == (1, 0)


def test_two_that_need_it_all_take_turns(lean: httpx.Client) -> None:
    for name in ("hungry", "thirsty"):
        predict(lean, name, megabytes=LARGE)
    jobs = [submit(lean, name, megabytes=LARGE) for _ in range(3) for name in ("hungry", "thirsty")]
    assert {ended(lean, job)["state"] for job in jobs} == {"succeeded"}


def test_a_job_waits_until_there_is_memory(lean: httpx.Client) -> None:
    for name in ("hungry", "thirsty"):
        predict(lean, name, megabytes=LARGE)
    busy = submit(lean, "thirsty", megabytes=LARGE, seconds=30)
    running(lean, busy)
    waits = submit(lean, "hungry", megabytes=LARGE)
    until(lambda: app(lean, "hungry")["state"] == "starting")
    assert lean.get(f"/v1/jobs/{busy}").json()["state"] == "running"
    lean.delete(f"/v1/jobs/{busy}").raise_for_status()
    assert ended(lean, waits)["state"] == "succeeded"


def test_an_app_that_keeps_more_with_each_job_is_served_by_new_workers(
    lean: httpx.Client, lean_host: RunningHost
) -> None:
    answers = [predict(lean, "leaky", megabytes=300) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    kept = [answer.json()["results"][0]["value"] for answer in answers]
    assert "1 kept" in kept[1:], "the first worker would have taken 1.8 GB by now"
    assert "a worker of the app leaky has taken" in lean_host.log


def test_what_others_leave_is_an_app_s_limit(lean: httpx.Client) -> None:
    predict(lean, "thirsty", megabytes=LARGE)
    answer = predict(lean, "short").json()  # small: it stays beside the large one
    assert answer["results"][0]["value"] == "try 1, frugal: False"
    limit = int(predict(lean, "hungry", megabytes=1).json()["results"][0]["value"].split()[-1])
    assert 0 < limit <= 1000 * MIB


@pytest.mark.parametrize("how", ["python", "torch"])
def test_a_job_is_tried_again_alone_and_then_in_the_smaller_way(lean: httpx.Client, how: str) -> None:
    once = predict(lean, "short", times=1, how=how).json()
    assert once["results"][0]["value"] == "try 2, frugal: False"
    assert once["provenance"]["memory"] == {"tries": 2, "alone": True, "smaller_plan": False}
    twice = predict(lean, "short", times=2, how=how).json()
    assert twice["results"][0]["value"] == "try 3, frugal: True"
    assert twice["provenance"]["memory"] == {"tries": 3, "alone": True, "smaller_plan": True}


def test_then_it_fails_with_a_sentence(lean: httpx.Client) -> None:
    response = predict(lean, "short", times=9)
    assert (response.status_code, response.json()["code"]) == (500, "out_of_memory")
    assert "needs more memory than it may have" in response.json()["detail"]


def test_what_could_never_be_is_refused_also_after_a_restart(start_lean: StartHost) -> None:
    host = start_lean(CONFIG)
    with httpx.Client(base_url=host.url, timeout=60) as client:
        assert predict(client, "hungry", megabytes=LARGE).status_code == 200
        until(lambda: app(client, "hungry")["memory"])
    host.stop()
    host.config = f"[devices.cpu]\nmemory = {500 * MIB}\n"
    host.start()
    with httpx.Client(base_url=host.url, timeout=60) as client:
        refused = predict(client, "hungry", megabytes=1)
        assert (refused.status_code, refused.json()["code"]) == (500, "out_of_memory")
        assert "GB, measured; cpu may give 0.5 GB" in refused.json()["detail"]
        assert predict(client, "thirsty", megabytes=1).status_code == 200, "it was never measured"
