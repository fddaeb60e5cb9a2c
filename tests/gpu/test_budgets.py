"""A GPU's memory: measured, within a budget, given back."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from typing import Any

import httpx

from calls import ended, predict, running, submit, until
from gpu_memory import processes, used
from hosts import RunningHost

StartGpuHost = Callable[[str], RunningHost]
GIB = 2**30
CONFIG = f"""
[devices."cuda:0"]
memory = {8 * GIB}
"""
LARGE = 5000
"""Megabytes that fit into the budget, but not twice."""


def app(client: httpx.Client, name: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/v1/apps/{name}").json()
    return found


def answer(response: httpx.Response) -> list[str]:
    assert response.status_code == 200, response.text
    value: str = response.json()["results"][0]["value"]
    return value.split()


def test_the_gpu_is_the_default_and_what_is_taken_of_it_is_measured(gpu: httpx.Client) -> None:
    assert answer(predict(gpu, "gpu-hungry", megabytes=LARGE))[0] == "cuda:0"
    (measured,) = until(lambda: app(gpu, "gpu-hungry")["memory"])
    assert measured["device"] == "cuda:0"
    assert LARGE * 2**20 < measured["gpu"] < (LARGE + 2000) * 2**20
    assert measured["rss"] > 2**26


def test_an_app_that_holds_no_device_computes_on_the_processor(gpu: httpx.Client) -> None:
    assert answer(predict(gpu, "no-device")) == ["cpu"]
    assert answer(gpu.post("/v1/apps/no-device/predict?device=cuda:0", files={"number": (None, "1")})) == ["cuda:0"]


def test_idle_workers_make_room(gpu: httpx.Client) -> None:
    for name in ("gpu-hungry", "gpu-thirsty", "gpu-hungry"):
        predict(gpu, name, megabytes=LARGE)
    assert until(lambda: (app(gpu, "gpu-hungry")["workers"], app(gpu, "gpu-thirsty")["workers"]) == (1, 0))
    assert used() < 8 * GIB
    jobs = [submit(gpu, name, megabytes=LARGE) for _ in range(2) for name in ("gpu-hungry", "gpu-thirsty")]
    assert {ended(gpu, job, 120)["state"] for job in jobs} == {"succeeded"}


def test_what_does_not_fit_the_budget_fails_with_figures(gpu: httpx.Client) -> None:
    response = predict(gpu, "gpu-hungry", megabytes=9000)
    assert (response.status_code, response.json()["code"]) == (500, "out_of_memory")
    assert re.search(r"of cuda:0 and asked for 8\.8 GiB more, where \d\.\d GiB were left", response.json()["detail"])
    assert answer(predict(gpu, "gpu-hungry", megabytes=10))[0] == "cuda:0", "the worker goes on"


def test_jobs_on_one_gpu_take_turns(gpu: httpx.Client) -> None:
    for name in ("gpu-hungry", "gpu-thirsty"):
        predict(gpu, name, megabytes=10)
    jobs = [submit(gpu, name, megabytes=10, seconds=1) for name in ("gpu-hungry", "gpu-thirsty")]
    spans = sorted(ended(gpu, job)["results"][0]["value"].split()[1:3] for job in jobs)
    assert float(spans[0][1]) <= float(spans[1][0])


def test_an_idle_worker_gives_the_memory_back(start_gpu_host: StartGpuHost) -> None:
    before = used()
    host = start_gpu_host("[apps.gpu-hungry]\nidle_timeout = 2\n")
    with httpx.Client(base_url=host.url, timeout=120) as client:
        predict(client, "gpu-hungry", megabytes=LARGE)
        assert used() > before + LARGE * 2**20
        until(lambda: app(client, "gpu-hungry")["workers"] == 0, 30)
        until(lambda: used() < before + GIB // 4, 30)


def test_a_killed_worker_gives_the_memory_back(start_gpu_host: StartGpuHost) -> None:
    before, others = used(), processes()
    host = start_gpu_host("")
    with httpx.Client(base_url=host.url, timeout=120) as client:
        job = submit(client, "gpu-hungry", megabytes=LARGE, seconds=50)
        running(client, job)
        until(lambda: used() > before + LARGE * 2**20, 30)
        (worker,) = processes() - others
        os.kill(worker, signal.SIGKILL)
        client.delete(f"/v1/jobs/{job}")
        until(lambda: used() < before + GIB // 4, 30)
