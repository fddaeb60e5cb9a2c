"""``--help`` answers at once and teaches."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import click
import pytest

from services import COMMAND
from tomaat_announce.cli import COMMANDS, main
from tomaat_announce.settings import ServiceSettings


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *words], capture_output=True, text=True, encoding="utf-8", timeout=60)


def commands() -> list[str]:
    """Every command, and every command below one."""
    found = []
    for name in COMMANDS:
        command = main.get_command(click.Context(main), name)
        found.append(name)
        found += [f"{name} {below}" for below in command.commands] if isinstance(command, click.Group) else []
    return found


def test_help_loads_nothing_heavy() -> None:
    heavy = {"rich", "httpx", "sanic", "numpy", "SimpleITK", "sqlalchemy", "alembic", "cryptography"}
    code = (
        "import sys; from tomaat_announce.cli import main; main(['keys', 'create', '--help'], standalone_mode=False);"
        f"print(*{heavy!r} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr.strip() == ""


@pytest.mark.parametrize("command", commands())
def test_every_command_has_an_example(command: str) -> None:
    done = run(*command.split(), "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"  tomaat-announce {command}" in done.stdout


def test_serve_shows_every_setting() -> None:
    shown = run("serve", "--help").stdout
    assert all(f"--{field.name.replace('_', '-')}" in shown for field in dataclasses.fields(ServiceSettings))
    assert "8001" in shown
    assert "7776000" in shown  # and no 7.776e+06


def test_version() -> None:
    from tomaat_announce import __version__

    assert run("--version").stdout == f"tomaat-announce {__version__}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    done = run("sevre")
    assert done.returncode == 2
    assert "sevre" in done.stderr


def test_a_settings_error_is_one_line(tmp_path: Path) -> None:
    settings = tmp_path / "announce.toml"
    settings.write_text("prot = 9001\n")
    for words in (["serve"], ["keys", "list"]):
        done = run(*words, "--config", str(settings))
        assert done.returncode == 1
        assert "'prot'" in done.stderr
        assert done.stderr.count("\n") == 1
