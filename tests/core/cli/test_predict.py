"""``tomaat predict`` from files to files, on a real host."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with ``t1.nii.gz``: a bright cube in the dark."""
    voxels = np.full((16, 18, 20), 10, np.int16)
    voxels[4:10, 4:12, 4:14] = 1000
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing((1.0, 2.0, 3.0))
    sitk.WriteImage(image, str(tmp_path / "t1.nii.gz"))
    return tmp_path


def predict(folder: Path, url: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tomaat", "predict", url, *arguments]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, cwd=folder)


def test_one_result_in_the_format_of_its_name(host: Any, folder: Path) -> None:
    done = predict(
        folder, f"{host.url}/threshold", "-i", "image=t1.nii.gz", "-p", "level=0.3", "-o", "labels=mask.nrrd"
    )
    assert done.returncode == 0, done.stderr
    assert np.count_nonzero(sitk.GetArrayFromImage(sitk.ReadImage(str(folder / "mask.nrrd")))) == 6 * 8 * 10
    assert "labels: mask.nrrd\n  bright: " in done.stdout
    assert "report: " in done.stdout
    assert "ml" in done.stdout
    assert "uploading" in done.stderr
    assert {path.name for path in folder.iterdir()} == {"t1.nii.gz", "mask.nrrd"}


def test_without_names_all_results_are_saved(host: Any, folder: Path) -> None:
    (folder / "out").mkdir()
    done = predict(folder, f"{host.url}/threshold", "-i", "image=t1.nii.gz", "--output-dir", "out", "--quiet")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert {path.name.partition(".")[0] for path in (folder / "out").iterdir()} == {"labels", "surface"}


def test_json_is_the_job(host: Any, folder: Path) -> None:
    done = predict(folder, f"{host.url}/threshold", "-i", "image=t1.nii.gz", "-o", "report=report.txt", "--json")
    job = json.loads(done.stdout)
    assert job["state"] == "succeeded"
    assert "ml" in (folder / "report.txt").read_text(encoding="utf-8")


def test_nothing_is_replaced_unless_forced(host: Any, folder: Path) -> None:
    (folder / "mask.nii.gz").write_text("older")
    arguments = ("-i", "image=t1.nii.gz", "-o", "labels=mask.nii.gz")
    done = predict(folder, f"{host.url}/threshold", *arguments)
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert (folder / "mask.nii.gz").read_text(encoding="utf-8") == "older"
    assert predict(folder, f"{host.url}/threshold", *arguments, "--force").returncode == 0
    assert sitk.ReadImage(str(folder / "mask.nii.gz")).GetSize() == (20, 18, 16)


def test_a_folder_of_dicom_files(host: Any, folder: Path) -> None:
    series = folder / "series"
    series.mkdir()
    write_series(sitk.ReadImage(str(folder / "t1.nii.gz")), series)
    done = predict(folder, f"{host.url}/threshold", "-i", "image=series/", "-p", "level=0.5", "-o", "labels=mask.mha")
    assert done.returncode == 0, done.stderr
    labels = sitk.ReadImage(str(folder / "mask.mha"))
    assert labels.GetSize() == (20, 18, 16)
    assert np.allclose(labels.GetSpacing(), (1.0, 2.0, 3.0))


def write_series(image: sitk.Image, folder: Path) -> None:
    """Write a volume as one DICOM file for each slice."""
    writer = sitk.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    for number in range(image.GetDepth()):
        part = image[:, :, number]
        tags = {
            "0008|0060": "CT",
            "0008|0008": "DERIVED\\SECONDARY",
            "0020|000d": "1.2.826.0.1.3680043.2.1125.1",
            "0020|000e": "1.2.826.0.1.3680043.2.1125.1.1",
            "0008|0018": f"1.2.826.0.1.3680043.2.1125.1.1.{number + 1}",
            "0020|0037": "1\\0\\0\\0\\1\\0",
            "0020|0032": f"0\\0\\{number * 3.0}",
            "0018|0050": "3",
            "0020|0013": str(number + 1),
        }
        for tag, value in tags.items():
            part.SetMetaData(tag, value)
        writer.SetFileName(str(folder / f"slice{number:03}"))
        writer.SetImageIO("GDCMImageIO")
        writer.Execute(part)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["-p", "level=0.3"], 1, "image"),
        (["-i", "image=t1.nii.gz", "-p", "level=9"], 1, "level"),
        (["-i", "image=t1.nii.gz", "-p", "levle=0.3"], 1, "it has image, level, largest"),
        (["-i", "image=t2.nii.gz"], 1, "t2.nii.gz"),
        (["-i", "image=t1.nii.gz", "-i", "level=0.3"], 2, "-p level=0.3"),
        (["-i", "image=t1.nii.gz", "-o", "labels=mask.png"], 1, "nii.gz"),
        (["-i", "image=t1.nii.gz", "-o", "lables=mask.mha"], 1, "labels"),
        (["-i", "image=t1.nii.gz", "-o", "labels=nowhere/mask.mha"], 2, "nowhere"),
        (["-i", "image"], 2, "NAME=VALUE"),
        (["-i", "image=t1.nii.gz", "-i", "image=t1.nii.gz"], 2, "twice"),
    ],
)
def test_errors_are_one_clear_line(host: Any, folder: Path, arguments: list[str], code: int, words: str) -> None:
    done = predict(folder, f"{host.url}/threshold", *arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert [path.name for path in folder.iterdir()] == ["t1.nii.gz"]


def test_unknown_apps_and_hosts(host: Any, folder: Path) -> None:
    done = predict(folder, f"{host.url}/treshold", "-i", "image=t1.nii.gz")
    assert (done.returncode, "threshold" in done.stderr) == (1, True)
    done = predict(folder, "http://127.0.0.1:1/threshold", "-i", "image=t1.nii.gz")
    assert (done.returncode, "tomaat serve" in done.stderr) == (1, True)
    assert predict(folder, host.url, "-i", "image=t1.nii.gz").returncode == 2
