"""Whoever stops waiting stops the job, and nobody stops waiting because a connection broke: on hosts of their own."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from subprocess import PIPE, Popen

import pytest

from hosts import RunningHost
from tomaat import AsyncClient, Client
from tomaat.errors import JobError, TomaatError

StartHost = Callable[..., RunningHost]


def states(client: Client) -> list[str]:
    """The states of all jobs that the host remembers and that are not cancelled."""
    return [job.state for job in client.jobs() if job.state != "cancelled"]


def gone(client: Client) -> bool:
    """Whether all jobs are gone, or will be in a moment."""
    for _ in range(100):
        if not states(client):
            return True
        time.sleep(0.1)
    return False


def wait_until_running(client: Client) -> None:
    for _ in range(200):
        if "running" in states(client):
            return
        time.sleep(0.05)
    pytest.fail("no job is running")


def wait_until_shown(process: Popen[str]) -> None:
    """Wait until the command knows that its job runs: the host knows it a little earlier."""
    assert process.stderr is not None
    assert any("running" in line for line in iter(process.stderr.readline, ""))


def predict(url: str, seconds: float) -> Popen[str]:
    command = [sys.executable, "-m", "tomaat", "predict", f"{url}/sleeper", "-p", f"seconds={seconds}"]
    return Popen(command, stdout=PIPE, stderr=PIPE, text=True, encoding="utf-8")


def test_the_command_shows_progress_and_prints_the_text(lean_host: RunningHost) -> None:
    with predict(lean_host.url, 0.5) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out.startswith("answer: slept as process")
    assert "running" in err
    assert "slept 0." in err


def test_ctrl_c_cancels_the_job_on_the_host(start_lean: StartHost) -> None:
    url = start_lean().url
    with Client(url) as client, predict(url, 60) as process:
        wait_until_running(client)
        wait_until_shown(process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Cancelled the job" in err
        assert "Traceback" not in err
        assert out == ""
        assert gone(client)


def test_a_cancelled_task_cancels_its_job(start_lean: StartHost) -> None:
    url = start_lean().url

    async def call() -> None:
        async with AsyncClient(url) as client:
            running = asyncio.Event()
            task = asyncio.create_task(client.predict("sleeper", seconds=60, on_progress=lambda _: running.set()))
            await asyncio.wait_for(running.wait(), 30)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(call())
    with Client(url) as client:
        assert gone(client)


def test_a_job_that_another_client_cancels(lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        job = client.submit("sleeper", seconds=60)
        watching = job.watch()
        assert next(watching).app == "sleeper"
        job.cancel()
        # either the last event says so, or the job is forgotten before it could
        with pytest.raises(TomaatError) as caught:
            list(watching)[-1].check()
        assert isinstance(caught.value, JobError) or caught.value.code == "not_found"


def test_a_job_that_waits_says_its_place(lean_host: RunningHost) -> None:
    with Client(lean_host.url) as client:
        first, second = client.submit("sleeper", seconds=0.6), client.submit("sleeper", seconds=0)
        assert (second.state, second.position) == ("queued", 1)
        assert second.wait().finished >= first.wait().finished  # type: ignore[operator]


def test_watching_goes_on_over_a_restart_of_the_host(start_lean: StartHost) -> None:
    host = start_lean()
    with Client(host.url) as client:
        watching = client.submit("sleeper", seconds=1).watch()
        assert next(watching).state in ("queued", "running")
        host.kill()
        host.start()
        *_, last = watching
        assert last.check().text("answer").startswith("slept")
