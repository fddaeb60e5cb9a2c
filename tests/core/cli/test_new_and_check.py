"""``tomaat new`` writes a plugin that ``tomaat check`` likes."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hosts import install


def tomaat(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command in ``folder``, and with what is installed there."""
    environment = os.environ | {"PYTHONPATH": str(folder)}
    command = [sys.executable, "-m", "tomaat", *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=300, cwd=folder, env=environment
    )


def test_a_new_plugin_keeps_the_contract(tmp_path: Path) -> None:
    done = tomaat(tmp_path, "new", "left-ear")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[1:] == [
        "  pip install -e tomaat-left-ear",
        "  pytest tomaat-left-ear",
        "  tomaat check left-ear",
    ]
    written = configparser.ConfigParser()
    written.read(tmp_path / "tomaat-left-ear" / "setup.cfg")
    assert "tomaat_left_ear" in written["options.entry_points"]["tomaat"]
    # what `pip install -e` does, without asking an index for anything
    install(tmp_path, "left_ear_plugin", "from tomaat_left_ear import tomaat_apps\n")
    (tmp_path / "tomaat_left_ear").symlink_to(tmp_path / "tomaat-left-ear" / "tomaat_left_ear")
    done = tomaat(tmp_path, "check", "left-ear")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "ok      Labels keep the geometry of an oblique grid." in done.stdout
    assert "failed" not in done.stdout


def test_new_replaces_nothing(tmp_path: Path) -> None:
    assert tomaat(tmp_path, "new", "left-ear", "--folder", "models").returncode == 0
    done = tomaat(tmp_path, "new", "left-ear", "--folder", "models")
    assert done.returncode == 1
    assert "tomaat-left-ear is there already" in done.stderr


@pytest.mark.parametrize("name", ["Left Ear", "jobs", "-x-"])
def test_new_takes_no_name_that_no_host_would_take(tmp_path: Path, name: str) -> None:
    done = tomaat(tmp_path, "new", "--", name)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert list(tmp_path.iterdir()) == []


def test_check_says_what_is_broken(test_apps: Path) -> None:
    done = tomaat(test_apps, "check", "shifted")
    assert done.returncode == 1
    assert "failed  Labels keep the geometry of an oblique grid." in done.stdout
    assert "shifted breaks the contract" in done.stderr


def test_check_of_an_app_that_there_is_not(test_apps: Path) -> None:
    done = tomaat(test_apps, "check", "nothing")
    assert done.returncode == 1
    assert "threshold" in done.stderr
    assert done.stderr.count("\n") == 1
