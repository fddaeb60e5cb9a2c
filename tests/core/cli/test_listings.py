"""``tomaat plugins``, ``tomaat apps`` and ``tomaat jobs``: tables for people, JSON for scripts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat import Client


def tomaat(*arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tomaat", *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, env=environment)


@pytest.fixture
def job_id(host: Any) -> str:
    """A job that has succeeded."""
    image = sitk.GetImageFromArray(np.arange(8 * 8 * 8, dtype=np.int16).reshape(8, 8, 8))
    with Client(host.url) as client:
        return client.predict("threshold", image=image, level=0.5).id


def test_plugins() -> None:
    done = tomaat("plugins", "--strict")
    assert done.returncode == 0, done.stdout
    assert "threshold" in done.stdout
    assert "ok" in done.stdout
    listed = json.loads(tomaat("plugins", "--json").stdout)
    assert "threshold" in [app for plugin in listed["plugins"] for app in plugin["apps"]]
    assert listed["broken"] == []


def test_a_broken_plugin_is_shown_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "broken_plugin.py").write_text("import a_module_that_is_not_there\n")
    metadata = tmp_path / "broken_plugin-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-plugin\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[tomaat]\nbroken = broken_plugin\n")
    path = os.pathsep.join(filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": path}
    done = tomaat("plugins", environment=environment)
    assert done.returncode == 0
    assert "a_module_that_is_not_there" in done.stdout
    assert done.stderr == ""
    assert tomaat("plugins", "--strict", environment=environment).returncode == 1


def test_apps(host: Any) -> None:
    done = tomaat("apps", host.url)
    assert done.returncode == 0, done.stderr
    assert "threshold" in done.stdout
    assert "image [level] [largest]" in done.stdout
    listed = json.loads(tomaat("apps", host.url, "--json").stdout)
    assert "threshold" in [app["name"] for app in listed["apps"]]


def test_jobs(host: Any, job_id: str) -> None:
    done = tomaat("jobs", host.url)
    assert done.returncode == 0, done.stderr
    assert job_id in done.stdout
    assert job_id in tomaat("jobs", "list", "--app", "threshold", "--state", "succeeded", host.url).stdout
    assert job_id not in tomaat("jobs", "--state", "failed", host.url).stdout
    assert json.loads(tomaat("jobs", "--json", "--limit", "1", host.url).stdout)["jobs"][0]["id"] == job_id


def test_show_and_cancel_a_job(host: Any, job_id: str) -> None:
    shown = tomaat("jobs", "show", job_id, host.url).stdout
    assert "succeeded" in shown
    assert "ml" in shown
    assert "sha256:" in shown
    assert json.loads(tomaat("jobs", "show", job_id, host.url, "--json").stdout)["id"] == job_id
    assert tomaat("jobs", "cancel", job_id, host.url).returncode == 0
    gone = tomaat("jobs", "show", job_id, host.url)
    assert (gone.returncode, gone.stderr.count("\n")) == (1, 1)
