"""Whoever stops waiting stops the job: a real host with an app that takes its time."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE, Popen

import pytest
from tomaat import AsyncClient, Client
from tomaat.errors import ConnectionFailed, JobError, TomaatError

APP = '''
import time
from tomaat import App, PlainText, Slider, hookimpl

class Sleeper(App):
    """Sleeps."""
    name = "sleeper"
    inputs = [Slider("seconds", minimum=0, maximum=60)]
    outputs = [PlainText("report")]

    def infer(self, data, context):
        begun = time.monotonic()
        while (past := time.monotonic() - begun) < data["seconds"]:
            context.progress(past / 60, f"second {past:.0f}")
            time.sleep(0.05)
        data["report"] = "slept"
        return data

@hookimpl
def tomaat_apps(register):
    register(Sleeper)
'''


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A host with the app ``sleeper``, from a plugin that is installed only for it."""
    folder = tmp_path_factory.mktemp("sleeper")
    (folder / "sleeper_plugin.py").write_text(APP)
    metadata = folder / "sleeper_plugin-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: sleeper-plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[tomaat]\nsleeper = sleeper_plugin\n")
    port = free_port()
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH")]))
    command = [sys.executable, "-m", "tomaat", "serve", "--port", str(port), "--home", str(folder / "home")]
    with (folder / "log").open("wb") as log, Popen(command, env=os.environ | {"PYTHONPATH": path}, stderr=log) as host:
        try:
            wait_for(f"http://127.0.0.1:{port}", host, folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            host.terminate()
            host.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(url: str, host: Popen[bytes], log: Path) -> None:
    with Client(url) as client:
        for _ in range(300):
            assert host.poll() is None, log.read_text()
            try:
                client.app("sleeper")
            except ConnectionFailed:
                time.sleep(0.1)
            else:
                return
    pytest.fail(log.read_text())


def states(client: Client) -> list[str]:
    """The states of all jobs that the host remembers and that are not cancelled."""
    return [job.state for job in client.jobs(app="sleeper") if job.state != "cancelled"]


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


def predict(url: str, seconds: float) -> Popen[str]:
    command = [sys.executable, "-m", "tomaat", "predict", f"{url}/sleeper", "-p", f"seconds={seconds}"]
    return Popen(command, stdout=PIPE, stderr=PIPE, text=True)


def test_the_command_shows_progress_and_prints_the_text(url: str) -> None:
    with predict(url, 0.5) as process:
        out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert out == "report: slept\n"
    assert "second 0" in err
    with Client(url) as client:
        for job in client.jobs():
            job.cancel()


def test_ctrl_c_cancels_the_job_on_the_host(url: str) -> None:
    with Client(url) as client, predict(url, 60) as process:
        wait_until_running(client)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
        assert process.returncode == 130
        assert "Cancelled the job" in err
        assert "Traceback" not in err
        assert out == ""
        assert gone(client)


def test_a_cancelled_task_cancels_its_job(url: str) -> None:
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


def test_a_job_that_another_client_cancels(url: str) -> None:
    with Client(url) as client:
        job = client.submit("sleeper", seconds=60)
        watching = job.watch()
        assert next(watching).app == "sleeper"
        job.cancel()
        # either the last event says so, or the job is forgotten before it could
        with pytest.raises(TomaatError) as caught:
            list(watching)[-1].check()
        assert isinstance(caught.value, JobError) or caught.value.code == "not_found"


def test_two_jobs_wait_for_each_other(url: str) -> None:
    with Client(url) as client:
        first, second = client.submit("sleeper", seconds=0.6), client.submit("sleeper", seconds=0)
        assert second.wait().text("report") == first.wait().text("report") == "slept"
        for job in (first, second):
            job.cancel()
