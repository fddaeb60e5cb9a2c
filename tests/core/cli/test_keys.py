"""``tomaat keys``, ``login`` and ``logout``, as an administrator and a user type them."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from access_keys import make_key
from hosts import RunningHost
from tomaat.cli import main

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("TOMAAT_HOME", str(tmp_path))
    monkeypatch.delenv("TOMAAT_KEY", raising=False)
    return lambda *words, **options: CliRunner().invoke(main, words, **options)


def test_a_key_from_its_making_to_its_end(run: Run) -> None:
    assert "No keys yet" in run("keys", "list").output
    made = run("keys", "create", "--owner", "Anna", "--apps", "brain,spleen", "--expires", "90d", "--note", "laptop")
    assert made.exit_code == 0
    key = made.stdout.strip()
    assert key.startswith("tomaat_")
    assert "shown this once" in made.stderr
    (listed,) = json.loads(run("keys", "list", "--json").output)["keys"]
    assert (listed["owner"], listed["apps"], listed["admin"]) == ("Anna", ["brain", "spleen"], False)
    assert listed["expires"].endswith("Z")
    assert key not in run("keys", "list").output
    shown = run("keys", "show", "1").output
    assert key[:11] in shown
    assert "brain, spleen" in shown
    rotated = json.loads(run("keys", "rotate", "1", "--grace", "24h", "--json").output)
    assert rotated["key"] != key
    assert "the old one until" in run("keys", "list").output
    assert "Revoked the key 1, of Anna" in run("keys", "revoke", "1").output
    assert "revoked" in run("keys", "list").output
    again = run("keys", "revoke", "1")
    assert (again.exit_code, "is revoked" in again.stderr) == (1, True)


def test_what_does_not_go_together_is_said(run: Run) -> None:
    assert "leave out --apps" in run("keys", "create", "--owner", "me", "--admin", "--apps", "brain").stderr
    assert "is no app's name" in run("keys", "create", "--owner", "me", "--apps", "../x").stderr
    assert "is no date" in run("keys", "create", "--owner", "me", "--expires", "soon").stderr


def test_login_keeps_a_key_for_its_host_alone(run: Run, keyed_host: RunningHost, tmp_path: Path) -> None:
    refused = run("apps", keyed_host.url)
    assert (refused.exit_code, "tomaat login" in refused.stderr) == (1, True)
    wrong = run("login", keyed_host.url, input="tomaat_nothing\n")
    assert (wrong.exit_code, "not known here" in wrong.stderr) == (1, True)
    assert not (tmp_path / "logins").exists()
    done = run("login", keyed_host.url, input=make_key(keyed_host, "Anna", apps="echo,sleeper") + "\n")
    assert done.output.strip() == f"You are Anna at {keyed_host.url}, and may use echo, sleeper."
    assert stat.S_IMODE((tmp_path / "logins").stat().st_mode) == 0o600
    assert "echo" in run("apps", keyed_host.url).output
    assert "echo" in run("apps", keyed_host.url + "/").output
    assert run("apps", keyed_host.url.replace("127.0.0.1", "localhost")).exit_code == 1  # a host of another name
    assert "Forgot the key" in run("logout", keyed_host.url).output
    assert run("apps", keyed_host.url).exit_code == 1
    assert "There is no key for" in run("logout", keyed_host.url).stderr


def test_a_variable_has_the_key_of_the_host_that_is_named(
    run: Run, keyed_host: RunningHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOMAAT_KEY", make_key(keyed_host))
    assert run("jobs", "list", keyed_host.url).output.strip() == "No jobs."


def test_a_host_that_asks_nobody_needs_no_login(run: Run, default_host: RunningHost) -> None:
    done = run("login", default_host.url, input="tomaat_x\n")
    assert (done.exit_code, "asks nobody" in done.stderr) == (0, True)
    assert "logins" not in os.listdir(os.environ["TOMAAT_HOME"])
