"""A host that asks for keys, and some of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from access_keys import caller, make_key
from hosts import RunningHost

Call = Callable[..., httpx.Client]


@pytest.fixture(scope="session")
def closed_host(tmp_path_factory: pytest.TempPathFactory, lean_apps: Path) -> Iterator[RunningHost]:
    """A host that asks for keys. Each test has keys of its own."""
    config = "require_keys = true\npath_keys = true\ncors_origins = 'https://page.example'\n"
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=lean_apps, config=config)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def by(closed_host: RunningHost) -> Iterator[Call]:
    """A client with a new key of its own, which may do what is said."""
    clients: list[httpx.Client] = []

    def by(owner: str = "anna", **grant: Any) -> httpx.Client:
        clients.append(caller(closed_host, make_key(closed_host, owner, **grant)))
        return clients[-1]

    yield by
    for client in clients:
        client.close()


@pytest.fixture
def nobody(closed_host: RunningHost) -> Iterator[httpx.Client]:
    """A client without a key."""
    with caller(closed_host) as client:
        yield client
