"""Two plugins that need two versions of one library, served by one host."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest

from calls import job, predict, submit, until
from environments import command, copy_environment
from hosts import RunningHost
from tomaat.environments.environment import Environment

CONFIG = """
[apps.casual]
timeout = 1.5
"""
ENVIRONMENTS = {"old": "formal", "new": "casual"}


@pytest.fixture(scope="module")
def host(
    tmp_path_factory: pytest.TempPathFactory, made: Environment, wheels: Path, lean_apps: Path
) -> Iterator[RunningHost]:
    """A host with two environments, each with a plugin and its version of the library."""
    home = tmp_path_factory.mktemp("home")
    for environment, name in ENVIRONMENTS.items():
        copy_environment(made, home, environment)
        options = ("--", "--no-index", f"--find-links={wheels}")
        done = command(home)("install", environment, f"tomaat_{name}", *options)
        assert done.returncode == 0, done.stdout + done.stderr
    running = RunningHost(home=home, path=lean_apps, config=CONFIG)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def http(host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def answer(http: httpx.Client, app: str) -> list[str]:
    """What the library says, where the interpreter is, and whether the server is there."""
    response = predict(http, app)
    assert response.status_code == 200, response.text
    return str(response.json()["results"][0]["value"]).split(", ")


def running(http: httpx.Client, job_id: str) -> int:
    """The process that runs a job, once it does."""
    return int(until(lambda: job(http, job_id)["progress"]["message"]))


def test_each_has_its_own_version(host: RunningHost, http: httpx.Client) -> None:
    folder = host.home / "environments"
    assert answer(http, "formal") == ["How do you do", str(folder / "old"), "None"]
    assert answer(http, "casual") == ["Hello you", str(folder / "new"), "None"]


def test_apps_say_their_environment(http: httpx.Client) -> None:
    apps = {app["name"]: app for app in http.get("/v1/apps").json()["apps"]}
    assert {name: apps[name]["environment"] for name in ("formal", "casual", "everything")} == {
        "formal": "old",
        "casual": "new",
        "everything": None,
    }
    assert (apps["formal"]["plugin"], apps["formal"]["version"]) == ("tomaat_formal", "1.0")
    assert apps["formal"]["inputs"][0]["maximum"] == 60


def test_provenance_has_the_environment_s_libraries(http: httpx.Client) -> None:
    provenance = predict(http, "formal").json()["provenance"]
    assert provenance["plugin"] == "tomaat_formal 1.0"
    assert provenance["software"]["numpy"] == distribution("numpy").version


def test_a_job_past_its_app_s_timeout_is_ended_with_its_process(http: httpx.Client) -> None:
    job_id = submit(http, "casual", seconds=30)
    process = running(http, job_id)
    assert until(lambda: job(http, job_id)["error"])["code"] == "timeout"
    until(lambda: not Path(f"/proc/{process}").exists())
    assert answer(http, "casual")[0] == "Hello you"


def test_a_job_is_cancelled_between_its_steps(http: httpx.Client) -> None:
    job_id = submit(http, "formal", seconds=30)
    process = running(http, job_id)
    http.delete(f"/v1/jobs/{job_id}")
    until(lambda: http.get(f"/v1/jobs/{job_id}").status_code == 404)
    again = submit(http, "formal", seconds=0.2)
    assert running(http, again) == process  # it went on, and took the next job


def test_a_worker_that_dies_takes_nothing_with_it(http: httpx.Client) -> None:
    job_id = submit(http, "formal", seconds=1)
    process = running(http, job_id)
    os.kill(process, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{process}").exists())
    until(lambda: job(http, job_id)["finished"])
    assert answer(http, "formal")[0] == "How do you do"


def test_its_workers_end_with_the_host(host: RunningHost, http: httpx.Client) -> None:
    job_id = submit(http, "formal", seconds=30)
    process = running(http, job_id)
    host.process.kill()
    host.process.wait()
    until(lambda: not Path(f"/proc/{process}").exists())
    host.start()
    until(lambda: job(http, job_id)["state"] == "running")
    http.delete(f"/v1/jobs/{job_id}")
