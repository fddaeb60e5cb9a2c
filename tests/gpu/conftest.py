"""Hosts on a real GPU. Where there is none, or no library that tells of it, these tests are not collected."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from hosts import RunningHost, install
from tomaat.workers.gpus import gpus_of_the_driver

# There is nothing that a machine without a GPU could learn from them, and a skipped test looks like one that passed.
collect_ignore_glob = [] if gpus_of_the_driver() and find_spec("pynvml") else ["test_*.py"]

StartGpuHost = Callable[[str], RunningHost]


@pytest.fixture(scope="session")
def gpu_apps(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What these hosts have on their path: the apps of this folder, and what this process has on its own."""
    folder = tmp_path_factory.mktemp("gpu-plugins")
    for source in (Path(__file__).parent / "apps").glob("*.py"):
        install(folder, source.stem, source.read_text(encoding="utf-8"))
    return Path(os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH")))))


@pytest.fixture
def start_gpu_host(tmp_path: Path, gpu_apps: Path) -> Iterator[StartGpuHost]:
    """Start a host of a test's own."""
    started: list[RunningHost] = []

    def start(config: str = "") -> RunningHost:
        started.append(RunningHost(home=tmp_path / f"home{len(started)}", path=gpu_apps, config=config))
        started[-1].start()
        return started[-1]

    yield start
    for running in started:
        running.kill()


@pytest.fixture(scope="module")
def gpu_host(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, gpu_apps: Path
) -> Iterator[RunningHost]:
    """One host for the tests of a file, with the file's ``CONFIG``."""
    home = tmp_path_factory.mktemp("gpu-home")
    running = RunningHost(home=home, path=gpu_apps, config=getattr(request.module, "CONFIG", ""))
    running.start()
    yield running
    running.kill()


@pytest.fixture
def gpu(gpu_host: RunningHost) -> Iterator[httpx.Client]:
    """A plain HTTP client of it."""
    with httpx.Client(base_url=gpu_host.url, timeout=300) as client:
        yield client
