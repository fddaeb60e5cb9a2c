"""Environments are made whole or not at all, and pip's words are for the person who typed the command."""

from __future__ import annotations

import fcntl
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from environments import WITHOUT_INDEX, Command, command, plugin
from tomaat.environments.environment import Environments
from tomaat.environments.worker_package import build_worker_wheel, worker_version
from wheels import wheel


@pytest.fixture
def no_home(tmp_path: Path) -> Command:
    """What runs ``tomaat env`` in a data folder with nothing in it."""
    return command(tmp_path)


def listed(env: Command) -> list[dict[str, Any]]:
    """What ``tomaat env list`` says."""
    done = env("list", "--json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)["environments"]
    return found


@pytest.mark.parametrize("name", ["Old", "../old", "old/new", "a_b", "-a", ""])
def test_a_name_is_a_slug(no_home: Command, tmp_path: Path, name: str) -> None:
    done = no_home("create", "--", name)
    assert (done.returncode, done.stdout) == (1, "")
    assert "can't be called" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_name_is_taken_once(env: Command) -> None:
    done = env("create", "old")
    assert done.returncode == 1
    assert done.stderr == "Error: There is an environment 'old' already. Install into it, or remove it first.\n"


def test_what_fails_half_way_leaves_nothing(no_home: Command, tmp_path: Path) -> None:
    done = no_home("create", "old", "--", "--no-index")  # and so without the libraries that a worker needs
    assert done.returncode == 1
    assert "No matching distribution found for" in done.stderr  # pip's own words
    assert "Error: The installation failed, and nothing was changed: see above.\n" in done.stderr
    assert Environments(tmp_path).all() == []
    assert not (tmp_path / "environments" / "old").exists()


def test_two_commands_do_not_change_one_environment_at_once(env: Command, home: Path) -> None:
    with (home / "environments" / ".old.lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for words in (("install", "old", "wordbook"), ("remove", "old")):
            done = env(*words)
            assert done.returncode == 1
            assert "'old' is being changed by another command; try again when that has ended." in done.stderr
    assert env("remove", "old").returncode == 0


def test_what_was_left_half_made_by_a_crash_is_no_environment(env: Command, home: Path) -> None:
    (home / "environments" / "old" / "tomaat.json").unlink()
    assert Environments(home).all() == []
    done = env("check", "old")
    assert "There is no environment 'old'; there is: none. (tomaat env create old)" in done.stderr


def test_an_interpreter_has_to_be_there(no_home: Command, tmp_path: Path) -> None:
    done = no_home("create", "old", "--python", tmp_path / "python9")
    assert done.stderr == "Error: python9 is no Python that can be run; name one with --python.\n"


def test_an_interpreter_has_to_be_new_enough(no_home: Command, tmp_path: Path) -> None:
    old = tmp_path / "python3.9"
    old.write_text("#!/bin/sh\necho 3 9\n", encoding="utf-8")
    old.chmod(0o755)
    done = no_home("create", "old", "--python", old)
    assert done.stderr == "Error: python3.9 is Python 3.9; an environment needs 3.11 or later.\n"


def test_a_plugin_is_installed_without_an_index(env: Command, from_wheels: tuple[str, ...]) -> None:
    """Its requirements of TOMAAT itself are met by the worker package."""
    done = env("install", "old", "tomaat_formal", *from_wheels)
    assert done.returncode == 0, done.stderr
    assert "wordbook-1.0" in done.stdout  # pip's own words
    assert done.stdout.splitlines()[-2].split() == ["tomaat_formal", "tomaat_formal", "1.0", "formal", "ok"]
    assert [(each["name"], each["plugins"], each["current"]) for each in listed(env)] == [
        ("old", ["tomaat_formal"], True)
    ]


def test_extras_of_tomaat_bring_what_they_bring_beside_the_host(env: Command, tmp_path: Path) -> None:
    wheel(tmp_path, "vtk", "9.3", "")
    meshes = wheel(tmp_path, "meshes", "1.0", "", requires=["tomaat[mesh]>=1.0.dev0"], plugin=True)
    done = env("install", "old", meshes, "--", "--no-index", f"--find-links={tmp_path}")
    assert done.returncode == 0, done.stderr
    assert "vtk-9.3" in done.stdout


def test_what_clashes_inside_one_environment_is_pip_s_to_tell(env: Command, from_wheels: tuple[str, ...]) -> None:
    done = env("install", "old", "tomaat_formal", "tomaat_casual", *from_wheels)
    assert done.returncode == 1
    assert "conflicting dependencies" in done.stderr
    assert listed(env)[0]["plugins"] == []


def test_constraints_are_pip_s(env: Command, tmp_path: Path, from_wheels: tuple[str, ...]) -> None:
    constraints = tmp_path / "constraints.txt"
    constraints.write_text("wordbook<2\n", encoding="utf-8")
    done = env("install", "old", "wordbook", "-c", constraints, *from_wheels)
    assert "wordbook-1.0" in done.stdout.splitlines()[-3]


def test_a_plugin_that_can_t_be_served_is_told_at_once(env: Command, wheels: Path, tmp_path: Path) -> None:
    broken = plugin(tmp_path, "broken", "1", app="Not a slug")
    done = env("install", "old", "--", "--no-index", f"--find-links={wheels}", broken)
    assert done.returncode == 1
    assert "it must be a slug" in done.stdout
    assert "The packages are installed." in done.stderr


def test_a_package_of_another_version_of_tomaat_is_renewed(env: Command, home: Path, tmp_path: Path) -> None:
    environment = Environments(home).get("old")
    other = build_worker_wheel(tmp_path, "0.9")
    subprocess.run([environment.python, "-m", "pip", "install", "-q", *WITHOUT_INDEX, other], check=True)
    assert listed(env)[0]["current"] is False
    done = env("install", "old", "--", "--no-index")
    assert done.returncode == 0, done.stderr
    assert environment.worker == worker_version()


def test_an_environment_is_removed_with_all_that_is_in_it(env: Command, home: Path) -> None:
    assert env("remove", "old").stdout.startswith("Removed the environment old.")
    assert not (home / "environments" / "old").exists()
    assert env("remove", "old").returncode == 1
    assert env("list").stdout == "There is no environment. Make one: tomaat env create NAME\n"
