"""The tutorial, followed to the letter, ends with a served app."""

from __future__ import annotations

import configparser
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import SimpleITK as sitk

from documents import ADDRESS, DOCS, blocks, run_bash, run_python, runnable
from hosts import RunningHost
from tomaat.image import same_grid

TUTORIAL = DOCS / "tutorial.md"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where somebody has followed the tutorial, up to the tests."""
    folder = tmp_path_factory.mktemp("tutorial")
    for block in runnable(TUTORIAL, "python"):
        run_python(block, ADDRESS, folder)
    run_bash(runnable(TUTORIAL, "bash"), ADDRESS, folder)
    for block in blocks(TUTORIAL, note="file: "):
        assert (folder / block.name).is_file(), f"{block.name} is none of the files that tomaat new writes"
        (folder / block.name).write_text(block.text, encoding="utf-8")
    _link(folder / "tomaat-bone")
    return folder


@pytest.fixture(scope="module")
def bone_host(folder: Path) -> Iterator[RunningHost]:
    """A host with that plugin."""
    running = RunningHost(home=folder / "home", path=folder / "tomaat-bone")
    running.start()
    yield running
    running.stop()


def test_the_files_are_those_that_are_shown(folder: Path) -> None:
    shown = next(block.text for block in blocks(TUTORIAL, language="text"))
    names = [line.split()[0] for line in shown.splitlines()[1:]]
    there = {str(path.relative_to(folder / "tomaat-bone")) for path in (folder / "tomaat-bone").rglob("*")}
    assert len(names) == 6
    assert set(names) <= there
    entry_point = next(block.text for block in blocks(TUTORIAL, language="ini"))
    assert entry_point in (folder / "tomaat-bone" / "setup.cfg").read_text(encoding="utf-8")


def test_its_own_tests_and_the_contract_pass(folder: Path) -> None:
    (block,) = blocks(TUTORIAL, note="plugin folder")
    printed = run_bash([block], ADDRESS, folder, path=str(folder / block.name))
    assert "10 passed" in printed


def test_it_is_served(folder: Path, bone_host: RunningHost) -> None:
    (block,) = blocks(TUTORIAL, note="plugin host")
    printed = run_bash([block], bone_host.url, folder)
    assert printed.splitlines()[-1].endswith(" ml")
    labels = sitk.ReadImage(str(folder / "bone.nii.gz"))
    assert same_grid(labels, sitk.ReadImage(str(folder / "ct.nii.gz")))
    assert sitk.GetArrayViewFromImage(labels).any()


def test_it_refuses_what_the_tutorial_says(folder: Path, bone_host: RunningHost) -> None:
    shown = next(block.text for block in blocks(TUTORIAL, language="console"))
    asked, error = shown.splitlines()
    words = asked.removeprefix("$ tomaat ").replace(" bone ", f" {bone_host.url}/bone ").split()
    done = subprocess.run(
        [sys.executable, "-m", "tomaat", *words],
        cwd=folder,
        env=os.environ,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 1
    assert done.stderr.strip() == error


def _link(plugin: Path) -> None:
    """Make a plugin's folder, once it is on a path, as good as installed: its entry points are those of setup.cfg."""
    config = configparser.ConfigParser()
    config.read(plugin / "setup.cfg")
    metadata = dict(config["metadata"])
    name = metadata["name"].replace("-", "_")
    target = plugin / f"{name}-{metadata['version']}.dist-info"
    target.mkdir()
    header = f"Metadata-Version: 2.1\nName: {metadata['name']}\nVersion: {metadata['version']}\n"
    (target / "METADATA").write_text(header)
    (target / "entry_points.txt").write_text(f"[tomaat]\n{config['options.entry_points']['tomaat']}\n")
