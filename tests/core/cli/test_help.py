"""``--help`` answers at once and teaches."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from tomaat.cli import COMMANDS
from tomaat.settings import SECTIONS, TABLES, Settings


def tomaat(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tomaat", *arguments], capture_output=True, text=True, encoding="utf-8", timeout=60
    )


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from tomaat.cli import main; main(['--help'], standalone_mode=False);"
        "print(*{'rich', 'httpx', 'sanic', 'numpy', 'SimpleITK', 'sqlalchemy'} & set(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, encoding="utf-8", check=True)
    assert done.stderr.strip() == ""
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example(name: str) -> None:
    done = tomaat(name, "--help")
    assert done.returncode == 0
    assert "Example" in done.stdout
    assert f"  tomaat {name}" in done.stdout


def test_serve_shows_every_setting() -> None:
    shown = tomaat("serve", "--help").stdout
    for setting in dataclasses.fields(Settings):
        assert setting.name in TABLES or f"--{setting.name.replace('_', '-')}" in shown
    for name, section in SECTIONS.items():
        for key in dataclasses.fields(section):
            assert key.name == "url" or f"--{name}-{key.name}" in shown
    assert "9001" in shown


def test_version() -> None:
    from tomaat import __version__

    assert tomaat("--version").stdout == f"tomaat {__version__}\n"


def test_an_unknown_command_is_a_usage_error() -> None:
    done = tomaat("sevre")
    assert done.returncode == 2
    assert "sevre" in done.stderr


def test_an_error_is_one_line() -> None:
    done = tomaat("apps", "ftp://gpu1")
    assert done.returncode == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" in tomaat("--debug", "apps", "ftp://gpu1").stderr


def test_a_settings_error_is_one_line(tmp_path: Path) -> None:
    settings = tmp_path / "tomaat.toml"
    settings.write_text("prot = 9001\n")
    done = tomaat("serve", "--config", str(settings))
    assert done.returncode == 1
    assert "prot" in done.stderr
    assert done.stderr.count("\n") == 1
