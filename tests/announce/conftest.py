"""Announcement services, on SQLite and on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services import RunningService

StartService = Callable[..., RunningService]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    """One service on SQLite for all tests that mind no endpoint but their own."""
    running = RunningService(home=tmp_path_factory.mktemp("home"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def start_service(tmp_path: Path) -> Iterator[StartService]:
    """Start a service of a test's own; it is stopped at the end."""
    started: list[RunningService] = []

    def start(**settings: Any) -> RunningService:
        running = RunningService(**({"home": tmp_path / f"home{len(started)}"} | settings))
        started.append(running)
        running.start()
        return running

    yield start
    for running in started:
        if hasattr(running, "process"):
            running.kill()


@pytest.fixture(scope="session")
def key(service: RunningService) -> str:
    """A key of the shared service, for tests that leave it as it is."""
    return service.make_key()


@pytest.fixture
def http(service: RunningService) -> Iterator[httpx.Client]:
    """A plain HTTP client of the shared service."""
    with httpx.Client(base_url=service.url, timeout=60) as client:
        yield client
