"""Hosts that start fast: the tests' apps alone, so that nobody waits for torch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hosts import RunningHost, hide
from old_registry import OldRegistry
from services import RunningService

StartHost = Callable[..., RunningHost]


@pytest.fixture
def no_plugins(tmp_path: Path) -> Path:
    """A folder that hides the installed model plugins, for a test to install its own in."""
    folder = tmp_path / "plugins"
    for distribution in ("tomaat-brain", "tomaat-spleenseg", "tomaat-threshold"):
        hide(folder, distribution)
    return folder


@pytest.fixture
def start_lean(start_host: StartHost, lean_apps: Path) -> StartHost:
    """Start a host of a test's own that has the tests' apps alone."""
    return lambda config="", path=lean_apps, options=(): start_host(config, path, options)


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


@pytest.fixture
def old_registry() -> Iterator[OldRegistry]:
    """An announcement service of the first TOMAAT."""
    registry = OldRegistry()
    yield registry
    registry.stop()


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """An announcement service for tests that mind no endpoint but their own."""
    running = RunningService(home=tmp_path_factory.mktemp("registry"))
    running.start()
    yield running
    running.stop()
