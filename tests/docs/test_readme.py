"""The README's commands and examples do what it says."""

from __future__ import annotations

import subprocess
from pathlib import Path

import SimpleITK as sitk

from documents import README, ROOT, blocks, run_bash, run_python, runnable
from hosts import RunningHost
from tomaat.image import same_grid


def test_each_command_is_one_line() -> None:
    for note in ("first command", "test command"):
        (command,) = blocks(README, language="bash", note=note)
        assert command.text.count("\n") == 1
        assert command.text.startswith("python3.11 -m venv .venv && ")
        assert "-c constraints.txt" in command.text


def test_every_plugin_is_in_the_first_command() -> None:
    (command,) = blocks(README, note="first command")
    folders = sorted((ROOT / "plugins").glob("tomaat-*"))
    assert folders
    assert all(f"-e plugins/{folder.name}" in command.text for folder in folders)


def test_ci_runs_the_test_command(tmp_path: Path) -> None:
    (command,) = blocks(README, note="test command")
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert run.count('eval "$command"') == 1
    (tmp_path / ".ci").mkdir()
    (tmp_path / ".ci" / "run").write_text(run.replace('eval "$command"', ":"))
    (tmp_path / "README.md").write_text(README.read_text(encoding="utf-8"))
    done = subprocess.run(
        ["bash", ".ci/run"], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout == f"+ {command.text}"


def test_the_examples_run(host: RunningHost, folder: Path) -> None:
    printed = run_bash(runnable(README, "bash"), host.url, folder)
    assert "threshold" in printed
    for image, result in (("t1", "mask.nii.gz"), ("ct", "bright.nrrd"), ("ct", "labels.nii.gz")):
        assert same_grid(sitk.ReadImage(str(folder / result)), sitk.ReadImage(str(folder / f"{image}.nii.gz")))
    (folder / "mask.nii.gz").unlink()
    for block in runnable(README, "python"):
        run_python(block, host.url, folder)
    assert sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "mask.nii.gz"))).any()
