"""Hosts that serve the app ``spleen`` and the API of pfms, and its own client."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from hosts import RunningHost
from pfms_calls import MODEL, pfms_of, send_model

CLIENT = ("numpy==1.26.4", "requests>=2.31", "pudb>=2024", "pyfiglet>=1")


@pytest.fixture(scope="session")
def spleen_host(
    tmp_path_factory: pytest.TempPathFactory, test_apps: Path, spleen_weights: Path
) -> Iterator[RunningHost]:
    """A host that has the trained weights under ``synthetic-1.0``, sent as pfms's clients send them."""
    running = RunningHost(home=tmp_path_factory.mktemp("home"), path=test_apps)
    running.start()
    with pfms_of(running) as client:
        sent = send_model(client, spleen_weights.read_bytes(), modelID=MODEL)
        assert sent.status_code == 200, sent.text
    yield running
    running.stop()


@pytest.fixture
def pfms(spleen_host: RunningHost) -> Iterator[httpx.Client]:
    """A plain HTTP client of pfms's API there."""
    with pfms_of(spleen_host) as client:
        yield client


@pytest.fixture(scope="session")
def python_of_the_client(pytestconfig: pytest.Config) -> Path:
    """The interpreter of an environment with ``spleenseg``, pfms's own client, which needs an older numpy than ours."""
    assert pytestconfig.cache is not None
    folder = pytestconfig.cache.mkdir("spleenseg-1.2.44")
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        environment = os.environ | {"PIP_CONSTRAINT": ""}
        for what in (CLIENT, ("--no-deps", "spleenseg==1.2.44")):
            subprocess.run([str(python), "-m", "pip", "install", "--quiet", *what], check=True, env=environment)
        done.touch()
    return python
