"""``tomaat discover``, and ``tomaat predict SID``: tables for people, JSON for scripts, calls by a short name."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hosts import RunningHost
from services import RunningService


def tomaat(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tomaat", *arguments]
    environment = os.environ | variables
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=60, env=environment)


@pytest.fixture(scope="module")
def listed(registry: RunningService, default_host: RunningHost) -> dict[str, str]:
    """The SIDs of some endpoints with the word ``listing``, by name; the first one is at a host that runs."""
    key = registry.make_key()
    for name, base, modality, anatomy in (
        ("Echo listing", f"{default_host.url}/echo", "MR", "Brain"),
        ("Gone listing", "http://127.0.0.1:1/gone", "CT", "Spleen"),
        ("First listing", "http://gpu1.example:9001", "CT", "Liver"),
    ):
        registry.announce(key, base=base, name=name, modality=modality, anatomy=anatomy)
    # Tests of other files announce here, too.
    return {found["name"]: found["SID"] for found in registry.discover() if "listing" in found["name"]}


def test_tables_by_modality(registry: RunningService, listed: dict[str, str], default_host: RunningHost) -> None:
    done = tomaat("discover", registry.url, "--text", "listing")
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines.index(["CT"]) < lines.index(["MR"])
    (echo,) = (line for line in lines if "Echo" in line)
    assert echo[:3] == [listed["Echo listing"], "Brain", "Segmentation"]
    assert echo[-1] == default_host.url
    order = [line[1] for line in lines if line and line[0] in listed.values()]
    assert order == ["Liver", "Spleen", "Brain"]
    assert f"tomaat predict SID --registry {registry.url}" in done.stdout


def test_filters_and_json(registry: RunningService, listed: dict[str, str]) -> None:
    done = tomaat("discover", registry.url, "--text", "listing", "--modality", "ct", "--anatomy", "LIVER", "--json")
    (found,) = json.loads(done.stdout)["endpoints"]
    assert (found["sid"], found["name"]) == (listed["First listing"], "First listing")
    nothing = tomaat("discover", registry.url, "--text", "listing", "--task", "Painting")
    assert (nothing.returncode, nothing.stdout.count("\n")) == (0, 1)
    assert tomaat("discover", registry.url, "--text", "listing", "--alive", "--json").returncode == 0


def test_the_service_of_the_settings_is_asked(registry: RunningService, listed: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "tomaat.toml").write_text(f'[announce]\nurl = "{registry.url}/announce"\nkey = "k"\n')
    done = tomaat("discover", "--text", "listing", "--json", TOMAAT_HOME=str(tmp_path))
    assert {found["name"] for found in json.loads(done.stdout)["endpoints"]} <= listed.keys()
    assert len(json.loads(done.stdout)["endpoints"]) == 3


def test_the_service_inside_this_machine_s_host_is_asked(registry: RunningService, listed: dict[str, str]) -> None:
    inside = {"TOMAAT_WITH_ANNOUNCE": "yes", "TOMAAT_HOST": "0.0.0.0", "TOMAAT_PORT": registry.url.rpartition(":")[2]}
    done = tomaat("discover", "--text", "listing", "--json", **inside)
    assert {found["sid"] for found in json.loads(done.stdout)["endpoints"]} == set(listed.values())


@pytest.fixture
def https_registry(tmp_path: Path) -> Iterator[RunningService]:
    """An announcement service with HTTPS."""
    running = RunningService(home=tmp_path / "registry", options=("--tls",))
    running.start()
    yield running
    running.stop()


def test_the_fingerprint_of_the_settings_is_the_one_to_take(https_registry: RunningService, tmp_path: Path) -> None:
    service = https_registry
    settings = f'[announce]\nurl = "{service.url}"\nkey = "k"\nfingerprint = "%s"\n'
    (tmp_path / "tomaat.toml").write_text(settings % service.fingerprint, encoding="utf-8")
    done = tomaat("discover", TOMAAT_HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    (tmp_path / "tomaat.toml").write_text(settings % ":".join(["AB"] * 32), encoding="utf-8")
    assert "another certificate" in tomaat("discover", TOMAAT_HOME=str(tmp_path)).stderr


def test_a_call_by_sid(registry: RunningService, listed: dict[str, str], default_host: RunningHost) -> None:
    arguments = ("-p", "number=3", "-p", "word=two", "--registry", registry.url)
    done = tomaat("predict", listed["Echo listing"], *arguments)
    assert done.returncode == 0, done.stderr
    assert "answer: two 3" in done.stdout
    assert f"Echo listing is echo at {default_host.url}." in done.stderr  # where the images go


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("First listing", "service of the first TOMAAT"),
        ("Gone listing", "Is `tomaat serve` running there?"),
        ("", "no endpoint 'nothere'"),
    ],
)
def test_what_can_not_be_called_is_said(
    registry: RunningService, listed: dict[str, str], name: str, words: str
) -> None:
    done = tomaat("predict", listed.get(name, "nothere"), "--registry", registry.url)
    assert done.returncode == 1
    assert words in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_registry_a_name_is_an_app_s(default_host: RunningHost, listed: dict[str, str]) -> None:
    done = tomaat("predict", f"{default_host.url}/{listed['Echo listing']}")
    assert "There is no app" in done.stderr


def test_no_service_there_is_one_line() -> None:
    done = tomaat("discover", "http://127.0.0.1:1")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "tomaat-announce serve" in done.stderr


def test_what_a_stranger_has_written_moves_no_cursor() -> None:
    from tomaat.cli.registry import plain

    assert plain("A\x1b[2J\x1b]0;t\x07 name\n\u202eeman") == "A [2J ]0;t name eman"
