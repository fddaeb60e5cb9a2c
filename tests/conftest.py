"""Fixtures for all tests: a real host, with the plugins of this environment and the tests' own apps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from hosts import APPS, RunningHost, hide, install
from postgresql import PostgreSQL
from spleen import trained_weights

StartHost = Callable[..., RunningHost]

FIRST = (
    "test_spleen.py",  # trains the network that four other files wait for
    "test_first_command.py",
    "test_random_kills.py",
    "test_viewer.py",
    "test_workspace.py",
    "test_accessibility.py",
    "test_large_volume.py",
    "test_8_soak.py",
)
"""Files that take a minute or more: begun first, they keep no process waiting for another at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; tox has pytest-xdist keep that order."""
    items.sort(key=lambda item: FIRST.index(item.path.name) if item.path.name in FIRST else len(FIRST))


@pytest.fixture(scope="session")
def test_apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has the tests' apps as an installed plugin."""
    folder = tmp_path_factory.mktemp("plugins")
    for source in APPS.glob("*.py"):
        install(folder, source.stem, source.read_text(encoding="utf-8"))
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


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory, test_apps: Path) -> Iterator[RunningHost]:
    """One host for all tests that leave it as they found it."""
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=test_apps)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def keyed_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host that asks for keys, for tests that make their own."""
    running = RunningHost(home=tmp_path_factory.mktemp("keyed"), path=lean_apps, config="require_keys = true")
    running.start()
    yield running
    running.kill()


@pytest.fixture
def start_host(tmp_path: Path, test_apps: Path) -> Iterator[StartHost]:
    """Start a host of a test's own; it is stopped at the end."""
    started: list[RunningHost] = []

    def start(config: str = "", path: Path = test_apps, options: tuple[str, ...] = ()) -> RunningHost:
        running = RunningHost(home=tmp_path / f"home{len(started)}", path=path, config=config, options=options)
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        running.kill()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server, for tests that leave it running."""
    server = PostgreSQL()
    yield server
    server.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database; each test that asks for it runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'new.db'}"
    server: PostgreSQL = request.getfixturevalue("postgresql")
    return server.new_database()


@pytest.fixture(scope="session")
def spleen_weights(pytestconfig: pytest.Config) -> Path:
    """A state dict of the app ``spleen`` whose label maps mean something."""
    return trained_weights(pytestconfig)


@pytest.fixture
def http(host: RunningHost) -> Iterator[httpx.Client]:
    """A plain HTTP client of the shared host."""
    with httpx.Client(base_url=host.url, timeout=60) as client:
        yield client
