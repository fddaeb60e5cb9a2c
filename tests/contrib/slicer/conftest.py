"""A host with HTTPS for Slicer's module, and what a person there has trusted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import images
from hosts import RunningHost
from slicer_tasks import events_of
from tomaat_slicer.form import fields_of, parts_of
from tomaat_slicer.host import App, Host, find
from tomaat_slicer.prediction import Prediction
from tomaat_slicer.task import Done, Progress, Task
from tomaat_slicer.trust import KnownHosts

Call = Callable[..., Any]


@pytest.fixture(scope="session")
def tls_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps, options=("--tls",))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def known_hosts(tmp_path: Path) -> KnownHosts:
    """Nobody is trusted yet."""
    return KnownHosts(tmp_path / "known_hosts")


@pytest.fixture
def found(tls_host: RunningHost, known_hosts: KnownHosts) -> tuple[Host, dict[str, App]]:
    """The host, which the person has trusted, and its apps by name."""
    known_hosts.trust(tls_host.url.partition("://")[2], tls_host.fingerprint)
    host, apps, _ = find(tls_host.url, known_hosts)
    return host, {app.name: app for app in apps}


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    """A volume as Slicer writes it."""
    path = tmp_path / "image.nrrd"
    path.write_bytes(images.file_of(images.ball(), "image.nrrd", compressed=False))
    return path


@pytest.fixture
def begin(found: tuple[Host, dict[str, App]], tmp_path: Path) -> Iterator[Callable[..., Task]]:
    """Fill in an app's form and run it, as the module does."""
    host, apps = found
    begun: list[Task] = []

    def begin(app: str, values: dict[str, Any]) -> Task:
        folder = tmp_path / f"results{len(begun)}"
        folder.mkdir()
        parts = parts_of(fields_of(apps[app]), values)
        begun.append(Task(Prediction(host, apps[app], parts, folder)).start())
        return begun[-1]

    yield begin
    for task in begun:
        task.cancel()
        task.join(10.0)


@pytest.fixture
def call(begin: Callable[..., Task]) -> Call:
    """The results of an app; fails with the error of a call that fails."""

    def call(app: str, **values: Any) -> Any:
        *told, last = events_of(begin(app, values))
        assert all(isinstance(event, Progress) for event in told)
        assert isinstance(last, Done), last
        return last.value

    return call
