"""Hosts that start fast: the tests' apps alone, so that nobody waits for torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hosts import APPS, RunningHost, install

StartHost = Callable[..., RunningHost]


def hide(folder: Path, distribution: str) -> None:
    """Make an installed plugin invisible to processes that have ``folder`` on their path."""
    metadata = folder / f"{distribution.replace('-', '_')}-0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 0\n")


@pytest.fixture
def no_plugins(tmp_path: Path) -> Path:
    """A folder that hides the installed model plugins, for a test to install its own in."""
    folder = tmp_path / "plugins"
    for distribution in ("tomaat-brain", "tomaat-spleenseg", "tomaat-threshold"):
        hide(folder, distribution)
    return folder


@pytest.fixture(scope="session")
def lean_apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the tests' apps as installed plugins, and no others."""
    folder = tmp_path_factory.mktemp("lean")
    for source in APPS.glob("*.py"):
        install(folder, source.stem, source.read_text(encoding="utf-8"))
    for distribution in ("tomaat-brain", "tomaat-spleenseg", "tomaat-threshold"):
        hide(folder, distribution)
    return folder


@pytest.fixture
def start_lean(start_host: StartHost, lean_apps: Path) -> StartHost:
    """Start a host of a test's own that has the tests' apps alone."""
    return lambda config="", path=lean_apps: start_host(config, path)


@pytest.fixture(scope="session")
def default_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host with default settings."""
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def lean_host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, lean_apps: Path
) -> Iterator[RunningHost]:
    """A host for tests that leave it as they found it. A file with a ``CONFIG`` of its own has a host of its own."""
    if not hasattr(request.module, "CONFIG"):
        yield request.getfixturevalue("default_host")
        return
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps, config=request.module.CONFIG)
    running.start()
    yield running
    running.kill()


@pytest.fixture
def lean(lean_host: RunningHost) -> Iterator[httpx.Client]:
    """A plain HTTP client of it."""
    with httpx.Client(base_url=lean_host.url, timeout=60) as client:
        yield client
