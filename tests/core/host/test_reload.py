"""Plugins are installed, upgraded and removed while a host runs."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from calls import ended, predict, running, submit, until
from hosts import RunningHost, install

StartHost = Callable[..., RunningHost]

PLUGIN = """
import time
from tomaat import App, PlainText, Slider, hookimpl

class Versioned(App):
    name = "{app}"
    description = "{text}"
    holds_device = False
    inputs = [Slider("seconds", minimum=0, maximum=60, default=0)]
    outputs = [PlainText("answer")]

    def infer(self, data, context):
        end = time.monotonic() + data["seconds"]
        while time.monotonic() < end:
            context.progress(0.5, "computing")
            time.sleep(0.01)
        return {{"answer": "{text}"}}

@hookimpl
def tomaat_apps(register):
    register(Versioned)
"""


@pytest.fixture
def host(start_host: StartHost, no_plugins: Path) -> RunningHost:
    put(no_plugins, "tomaat_old", "old", "first")
    return start_host(path=no_plugins)


@pytest.fixture
def client(host: RunningHost) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client


def put(folder: Path, name: str, app: str, text: str, version: str = "1.0") -> None:
    """Install a version of a plugin, in place of the one before."""
    remove(folder, name)
    install(folder, name, PLUGIN.format(app=app, text=text), version=version)


def remove(folder: Path, name: str) -> None:
    (folder / f"{name}.py").unlink(missing_ok=True)
    for metadata in folder.glob(f"{name}-*.dist-info"):
        shutil.rmtree(metadata)


def reload(client: httpx.Client) -> dict[str, Any]:
    response = client.post("/v1/plugins/reload")
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def answer(client: httpx.Client, app: str = "old") -> str:
    response = predict(client, app, seconds=0)
    assert response.status_code == 200, response.text
    return str(response.json()["results"][0]["value"])


def apps(client: httpx.Client) -> dict[str, str]:
    """The served apps, and their plugins' versions."""
    return {app["name"]: app["version"] for app in client.get("/v1/apps").json()["apps"]}


def test_nothing_new_changes_nothing(client: httpx.Client) -> None:
    assert answer(client) == "first"
    assert reload(client) == {"added": [], "changed": [], "removed": [], "broken": {}, "restart": []}
    assert client.get("/v1/apps/old").json()["state"] == "warm"


def test_a_plugin_that_is_installed_is_served_and_one_that_is_removed_is_not(
    client: httpx.Client, host: RunningHost
) -> None:
    put(host.path, "tomaat_new", "new", "hello")
    assert reload(client)["added"] == ["tomaat_new"]
    assert answer(client, "new") == "hello"
    remove(host.path, "tomaat_old")
    assert reload(client)["removed"] == ["tomaat_old"]
    assert apps(client) == {"new": "1.0"}
    assert predict(client, "old").status_code == 404
    assert "/v1/apps/new/predict" in client.get("/docs/openapi.json").text


def test_running_jobs_end_on_the_old_version_and_new_ones_use_the_new(client: httpx.Client, host: RunningHost) -> None:
    job = submit(client, "old", seconds=3)
    running(client, job)
    put(host.path, "tomaat_old", "old", "second", version="2.0")
    assert reload(client)["changed"] == ["tomaat_old"]
    waits = submit(client, "old", seconds=0)
    assert ended(client, job)["results"][0]["value"] == "first"
    after = ended(client, waits)
    assert (after["results"][0]["value"], after["provenance"]["plugin"]) == ("second", "tomaat_old 2.0")
    assert apps(client) == {"old": "2.0"}
    assert client.get("/v1/apps/old").json()["workers"] == 1


def test_an_edited_file_is_noticed_without_a_new_version(client: httpx.Client, host: RunningHost) -> None:
    assert answer(client) == "first"
    put(host.path, "tomaat_old", "old", "the third one")
    assert reload(client)["changed"] == ["tomaat_old"]
    assert answer(client) == "the third one"


def test_a_plugin_that_became_broken_is_shown_as_such_and_mended_by_a_signal(
    client: httpx.Client, host: RunningHost
) -> None:
    install(host.path, "tomaat_old", "raise RuntimeError('a mistake')")
    told = reload(client)
    assert told["changed"] == ["tomaat_old"]
    assert "a mistake" in told["broken"]["tomaat_old"]
    shown = client.get("/v1/apps").json()
    assert (shown["apps"], shown["broken"][0]["plugin"]) == ([], "tomaat_old")
    put(host.path, "tomaat_old", "old", "mended")
    os.kill(host.process.pid, signal.SIGHUP)
    until(lambda: apps(client) == {"old": "1.0"})
    assert answer(client) == "mended"


def test_many_signals_at_once_are_few_reloads(client: httpx.Client, host: RunningHost) -> None:
    for _ in range(200):
        os.kill(host.process.pid, signal.SIGHUP)
        time.sleep(0.001)  # or the system makes one of several
    reload(client)  # after all that waited
    assert 1 < host.log.count("plugins reloaded") < 100


def test_jobs_that_wait_for_an_app_that_is_gone_are_told(client: httpx.Client, host: RunningHost) -> None:
    first = submit(client, "old", seconds=2)
    running(client, first)
    waits = submit(client, "old", seconds=0)
    remove(host.path, "tomaat_old")
    reload(client)
    assert ended(client, first)["state"] == "succeeded"
    job = ended(client, waits)
    assert (job["state"], job["error"]["code"]) == ("failed", "not_found")
    assert "removed from this host" in job["error"]["detail"]


def test_routes_of_a_plugin_need_a_restart(client: httpx.Client, host: RunningHost) -> None:
    source = """
from tomaat import hookimpl

@hookimpl
def tomaat_routes(host):
    host.sanic.add_route(lambda request: None, "/somewhere")
"""
    install(host.path, "tomaat_page", source)
    assert reload(client) | {"broken": {}} == {
        "added": ["tomaat_page"],
        "changed": [],
        "removed": [],
        "broken": {},
        "restart": ["tomaat_page"],
    }
