"""The README's first command, for real: a copy of the tree, a new environment, a host, one image through it.

It installs everything, so it is collected only where ``CI`` or ``TOMAAT_TEST_INSTALL`` is set: see conftest.py.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from documents import README, ROOT, blocks
from tomaat import Client
from tomaat.image import same_grid
from tomaat.testing import oblique

LIMIT = 1800.0
"""Seconds: a slow network, and a torch of several gigabytes."""
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".tox", "build", "vendor", "*.egg-info", "__pycache__", ".*_cache")
OURS = ("PYTHONPATH", "VIRTUAL_ENV", "PIP_CONSTRAINT")
"""Variables of the environment that the tests run in, which a new clone has not."""


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tree, without what was built in it; removed at the end, as pytest would keep gigabytes."""
    folder = tmp_path_factory.mktemp("clone") / "tomaat"
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the command runs in: as a person's shell, but a free port and a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if name not in OURS}
    return kept | {"TOMAAT_PORT": "0", "TOMAAT_HOME": str(tmp_path_factory.mktemp("home"))}


@pytest.fixture(scope="module")
def url(clone: Path, environment: dict[str, str]) -> Iterator[str]:
    """Where the host is that the command has started."""
    (command,) = blocks(README, note="first command")
    log = clone.parent / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            ["bash", "-c", command.text],
            cwd=clone,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield _address(running, log)
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait(60)


def _address(running: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + LIMIT
    while running.poll() is None and time.monotonic() < deadline:
        if found := re.search(r"TOMAAT is at (http://\S+)", log.read_text(encoding="utf-8", errors="replace")):
            return found[1]
        time.sleep(0.5)
    pytest.fail(f"no host:\n{log.read_text(encoding='utf-8', errors='replace')[-5000:]}")


def test_all_plugins_are_served(url: str) -> None:
    with Client(url) as client:
        assert [app.name for app in client.apps()] == ["brain", "spleen", "threshold"]
        assert client.broken() == []


def test_its_pages_have_the_viewer_which_came_from_npm(url: str, clone: Path) -> None:
    page = httpx.get(f"{url}/apps/threshold")
    assert page.status_code == 200
    [assets] = set(re.findall(r"/assets/\w+/", page.text))
    viewer = httpx.get(f"{url}{assets}vendor/niivue/index.js")
    assert viewer.status_code == 200
    assert viewer.content == (clone / "core/tomaat/pages/vendor/niivue/index.js").read_bytes()


def test_labels_come_back_on_the_same_grid(url: str) -> None:
    image = oblique()
    with Client(url) as client:
        job = client.predict("threshold", image=image, formats={"labels": "mha"})
        assert same_grid(job.image("labels"), image)
        assert job.text("report").startswith("bright: ")


def test_a_new_plugin_installs_there(url: str, clone: Path, environment: dict[str, str]) -> None:
    """The tutorial's first two steps."""
    tools = environment | {"PATH": f"{clone / '.venv' / 'bin'}:{environment['PATH']}"}
    steps = "tomaat new bone && pip install -e ./tomaat-bone && tomaat plugins --strict && tomaat check bone"
    done = subprocess.run(
        ["bash", "-c", steps], cwd=clone, env=tools, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "tomaat-bone" in done.stdout
