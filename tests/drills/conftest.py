"""What the drills share. Each is run against a real host, with numbers that variables can raise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from hosts import RunningHost

StartHost = Callable[..., RunningHost]


@pytest.fixture
def start_drilled(start_host: StartHost, lean_apps: Path) -> StartHost:
    """Start a host of a drill's own that has the tests' apps alone."""
    return lambda config="", path=lean_apps, options=(): start_host(config, path, options)


def said(variable: str, usual: int) -> int:
    """A number that the environment may say: ``TOMAAT_TEST_SOAK=1800``."""
    return int(os.environ.get(f"TOMAAT_TEST_{variable}") or usual)


@pytest.fixture(scope="session")
def soak_seconds() -> int:
    """Seconds of the soak; ``TOMAAT_TEST_SOAK`` says otherwise."""
    return said("SOAK", 12)


@pytest.fixture(scope="session")
def malformed_requests() -> int:
    """How many malformed requests are sent; ``TOMAAT_TEST_FUZZ`` says otherwise."""
    return said("FUZZ", 600)
