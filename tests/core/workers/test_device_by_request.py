"""A request may say where it is computed; a worker on another device is not used, and makes room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from calls import predict, workers
from hosts import RunningHost
from number_weights import number, put
from tomaat.errors import InvalidInput
from tomaat.plugins import find_plugins
from tomaat.settings import Settings
from tomaat.workers.pool import Pool
from tomaat.workers.work import Received, Work

CONFIG = "[apps.echo]\ndevice = 'cuda:98'\n"


def ask(client: httpx.Client, device: str) -> httpx.Response:
    return client.post("/v1/apps/sleeper/predict", params={"device": device}, files={"seconds": (None, "0")})


def test_the_same_worker_serves_who_asks_for_its_device(lean: httpx.Client) -> None:
    by_default = predict(lean, "sleeper", seconds=0).json()["results"][0]["value"]
    assert ask(lean, "cpu").json()["results"][0]["value"] == by_default


def test_a_device_that_is_not_there_costs_no_worker(lean: httpx.Client, lean_host: RunningHost) -> None:
    predict(lean, "sleeper", seconds=0)
    before = workers(lean_host)
    for device in ("cuda:97", "gpu"):
        response = ask(lean, device)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_input")
        assert response.json()["field"] == "device"
    assert workers(lean_host) == before


def test_a_cold_app_says_so_too(lean: httpx.Client) -> None:
    put(lean, "one", number(1))
    response = lean.post("/v1/apps/numbers/predict", params={"device": "cuda:97"}, files={"number": (None, "1")})
    assert (response.status_code, response.json()["field"]) == (422, "device")
    assert "there is: cpu" in response.json()["detail"]
    assert lean.delete("/v1/apps/numbers/weights/one").status_code == 204


def test_settings_that_name_none_are_not_the_request_s_fault(lean: httpx.Client) -> None:
    response = predict(lean, "echo")
    assert (response.status_code, response.json()["code"]) == (503, "worker_not_started")
    assert "settings ask for the device 'cuda:98'" in response.json()["detail"]
    otherwise = lean.post("/v1/apps/echo/predict", params={"device": "cpu"}, files={"number": (None, "2")})
    assert otherwise.json()["results"][0]["value"] == "one 2"


@pytest.fixture
async def pool(tmp_path: Path, lean_apps: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Pool]:
    """The executor itself: this machine may have one device only, so a test has to say that a worker has another."""
    monkeypatch.syspath_prepend(str(lean_apps))
    pool = Pool(Settings(home=tmp_path / "home"))
    await pool.start({"sleeper": find_plugins().app("sleeper").description})
    yield pool
    await pool.stop()


async def run(pool: Pool, folder: Path, number: int, device: str = "") -> str:
    """Have a job done; the answer names its worker's process."""
    work = Work(str(number), "sleeper", folder / str(number), {"seconds": Received("0")}, device=device)
    work.folder.mkdir()
    outcome = await pool.run(work, lambda fraction, message: None)
    return str(outcome.results[0].value)


async def test_a_worker_on_another_device_makes_room(pool: Pool, tmp_path: Path) -> None:
    first = await run(pool, tmp_path, 1)
    assert await run(pool, tmp_path, 2, "cpu") == first
    (worker,) = pool._supply.instances.of("sleeper")
    worker.device = "cuda:0"
    second = await run(pool, tmp_path, 3)
    assert second != first
    assert not worker.alive
    assert pool.workers("sleeper") == 1
    assert await run(pool, tmp_path, 4, "cpu") == second


async def test_a_device_is_checked_before_a_worker_is_ended_for_it(pool: Pool, tmp_path: Path) -> None:
    first = await run(pool, tmp_path, 1)
    with pytest.raises(InvalidInput, match="no device 'cuda:3'"):
        await run(pool, tmp_path, 2, "cuda:3")
    assert await run(pool, tmp_path, 3) == first
