"""A script as most were: one volume in, labels out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
import slicer
from calls import predict
from images import grid_of
from running_scripts import RunningScript


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningScript]:
    running = RunningScript(tmp_path_factory.mktemp("script") / "work", ("thresholding.py",))
    running.start()
    yield running
    running.stop()


@pytest.fixture
def http(script: RunningScript) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=script.url, verify=False, timeout=60) as client:
        yield client


def expected(image: sitk.Image) -> np.ndarray:
    voxels = sitk.GetArrayFromImage(image)
    return voxels >= voxels.mean()


def test_the_interface_is_at_the_root_over_https(http: httpx.Client) -> None:
    assert http.get("/interface").json() == [{"type": "volume", "destination": "images"}]
    assert str(http.base_url).startswith("https://")


def test_the_slicer_extension_gets_its_labels(script: RunningScript, tmp_path: Path) -> None:
    image = images.ball()
    (item,) = script.predict({"images": slicer.volume(image, tmp_path)})
    labels = slicer.labels(item, tmp_path)
    assert item["type"] == "LabelVolume"
    assert np.array_equal(sitk.GetArrayFromImage(labels), expected(image))
    assert np.allclose(np.hstack(grid_of(labels)), np.hstack(grid_of(image)))


def test_the_api_gets_them_too_in_any_format(http: httpx.Client) -> None:
    image = images.ball()
    response = http.post(
        "/v1/apps/thresholding-old/predict",
        files={"images": ("image.nii.gz", images.file_of(image))},
        headers={"Accept": "application/gzip"},
    )
    assert response.status_code == 200, response.text
    assert np.array_equal(sitk.GetArrayFromImage(images.read(response.content, "labels.nii.gz")), expected(image))


def test_the_app_is_what_its_configuration_says(http: httpx.Client) -> None:
    app = http.get("/v1/apps/thresholding-old").json()
    said = {key: app[key] for key in ("title", "modality", "anatomy", "task", "description")}
    assert said == {
        "title": "Thresholding (old)",
        "modality": "CT",
        "anatomy": "Any",
        "task": "Segmentation",
        "description": 'Brighter than the "mean".',
    }
    assert app["version"].startswith("0+")  # the script's content


def test_the_other_installed_apps_are_not_served(http: httpx.Client) -> None:
    assert [app["name"] for app in http.get("/v1/apps").json()["apps"]] == ["thresholding-old"]


def test_a_damaged_volume_never_reaches_the_script(http: httpx.Client) -> None:
    response = predict(http, "thresholding-old", images=images.file_of(images.ball(), "image.mha")[:400])
    assert (response.status_code, response.json()["field"]) == (422, "images")


def test_the_script_s_process_has_become_a_host(script: RunningScript) -> None:
    command = Path(f"/proc/{script.process.pid}/cmdline").read_bytes()
    maps = Path(f"/proc/{script.process.pid}/maps").read_text(encoding="utf-8")
    assert b"tomaat\0serve" in command
    assert "SimpleITK" not in maps


def test_the_key_and_settings_are_for_the_user_alone(script: RunningScript) -> None:
    (settings,) = (script.home / "services").glob("*/service.toml")
    assert settings.parent.name == "thresholding-old-9000"
    private = (settings, settings.parent, script.folder / "tomaat_cert.key")
    assert [path.stat().st_mode & 0o077 for path in private] == [0, 0, 0]


def test_the_certificate_is_made_once(script: RunningScript) -> None:
    before = script.fingerprint
    script.stop()
    script.start()
    assert script.fingerprint == before
    assert before == slicer.fingerprint(script.url)
