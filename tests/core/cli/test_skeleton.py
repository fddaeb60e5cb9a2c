"""The plugin that ``tomaat new`` writes works as it is."""

import compileall
import configparser
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tomaat.cli.skeleton import write_plugin
from tomaat.errors import Conflict, InvalidInput


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the plugin as an installed distribution."""
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": path, "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8"
    )


def install(folder: Path) -> None:
    """Put beside the plugin what pip would write from its setup.cfg; pip itself is run by the README's test."""
    config = configparser.ConfigParser()
    config.read(folder / "setup.cfg")
    name, version = config["metadata"]["name"], config["metadata"]["version"]
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(f"[tomaat]{config['options.entry_points']['tomaat']}\n")


@pytest.mark.parametrize("name", ["spleen-ct", "volume", "3d"])
def test_written_plugin_passes_its_own_tests(tmp_path: Path, name: str) -> None:
    folder = write_plugin(name, tmp_path / "new")
    package = "tomaat_" + name.replace("-", "_")
    install(folder)

    assert folder == tmp_path / "new" / f"tomaat-{name}"
    assert compileall.compile_dir(folder, quiet=1, force=True)
    assert (folder / package / "py.typed").is_file()
    tests = run(folder, "-m", "pytest", "-q")
    assert tests.returncode == 0, tests.stdout + tests.stderr


def test_written_plugin_passes_tomaat_check(tmp_path: Path) -> None:
    folder = write_plugin("liver", tmp_path)
    install(folder)
    check = run(folder, "-m", "tomaat", "check", "liver")

    assert check.returncode == 0, check.stdout + check.stderr
    assert "failed" not in check.stdout


def test_files_hold_the_name_and_no_placeholder(tmp_path: Path) -> None:
    folder = write_plugin("spleen-ct", tmp_path)
    texts = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }

    assert set(texts) == {
        "README.md",
        "pyproject.toml",
        "setup.cfg",
        "tests/test_spleen_ct.py",
        "tomaat_spleen_ct/__init__.py",
        "tomaat_spleen_ct/app.py",
        "tomaat_spleen_ct/py.typed",
    }
    assert not any("$" in text for text in texts.values())
    assert "class SpleenCt(App):" in texts["tomaat_spleen_ct/app.py"]
    assert len(texts["pyproject.toml"].splitlines()) == 3


@pytest.mark.parametrize("name", ["", "Spleen", "spleen_ct", "-spleen", "../spleen", "spleen ct", "jobs", "v1"])
def test_name_that_no_host_takes_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InvalidInput):
        write_plugin(name, tmp_path)
    assert not any(tmp_path.iterdir())


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    mine = tmp_path / "tomaat-spleen" / "app.py"
    mine.parent.mkdir()
    mine.write_text("mine")

    with pytest.raises(Conflict):
        write_plugin("spleen", tmp_path)
    assert [path.name for path in mine.parent.iterdir()] == ["app.py"]
    assert mine.read_text(encoding="utf-8") == "mine"


def test_empty_folder_is_used(tmp_path: Path) -> None:
    (tmp_path / "tomaat-spleen").mkdir()

    assert (write_plugin("spleen", tmp_path) / "setup.cfg").is_file()
