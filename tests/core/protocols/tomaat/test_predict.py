"""``/predict`` as old clients call it; every result as TOMAAT-Slicer reads it."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import SimpleITK as sitk

import images
import slicer
from hosts import RunningHost

TYPES = [
    "LabelVolume",
    "VTKMesh",
    "PlainText",
    "Fiducials",
    "TransformGrid",
    "TransformBSpline",
    "TransformLinear",
]


@pytest.fixture(scope="module")
def url(lean_host: RunningHost) -> str:
    return f"{lean_host.url}/everything/predict"


@pytest.fixture(scope="module")
def items(url: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    """What one call of ``everything`` returns, by type."""
    folder = tmp_path_factory.mktemp("slicer")
    fields = {
        "fixed": slicer.volume(images.ball(), folder),
        "level": "0.5",
        "flag": "False",
        "choice": "b",
        "points": "1.0,2.0,3.0;-4.5,0,6e1",
    }
    response = slicer.post(url, fields)
    assert response.status_code == 200, response.text
    assert response.headers["access-control-allow-origin"] == "*"
    found = response.json()
    assert [item["type"] for item in found] == TYPES
    for item in found:
        assert set(item) == {"type", "content", "label"}
        assert "/" not in item["label"]
    return {item["type"]: item for item in found}


def test_labels_have_exactly_the_grid_that_was_sent(items: dict[str, dict[str, str]], tmp_path: Path) -> None:
    labels = slicer.labels(items["LabelVolume"], tmp_path)
    assert images.grid_of(labels) == images.grid_of(images.ball())
    assert labels.GetPixelID() == sitk.sitkUInt8
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(images.ball()) > 0.5)


def test_labels_are_compressed_and_in_lines(items: dict[str, dict[str, str]], tmp_path: Path) -> None:
    content = items["LabelVolume"]["content"]
    assert content.endswith("\n")
    assert max(map(len, content.splitlines())) <= 76
    assert content == base64.encodebytes(base64.decodebytes(content.encode("ascii"))).decode("ascii")
    assert b"CompressedData = True" in slicer.decode(items["LabelVolume"], tmp_path, "a.mha").read_bytes()


def test_the_mesh_is_ascii_and_says_that_it_is_in_lps(items: dict[str, dict[str, str]], tmp_path: Path) -> None:
    surface, title = slicer.mesh(items["VTKMesh"], tmp_path)
    assert "SPACE=LPS" in title
    assert (tmp_path / "result.vtk").read_bytes().splitlines()[2] == b"ASCII"
    ball = images.ball()
    voxels = np.argwhere(sitk.GetArrayFromImage(ball) > 0.5)[:, ::-1]
    centre = np.mean([ball.TransformContinuousIndexToPhysicalPoint(list(map(float, at))) for at in voxels], axis=0)
    bounds = np.reshape(surface.GetBounds(), (3, 2))
    assert surface.GetNumberOfPolys() > 20
    np.testing.assert_allclose(bounds.mean(1), centre, atol=1.5)


def test_texts_are_as_they_are(items: dict[str, dict[str, str]]) -> None:
    assert items["PlainText"]["content"] == "b False 2 points, moving: False"


def test_fiducials_come_and_go_in_ras(items: dict[str, dict[str, str]]) -> None:
    # The app adds one millimetre to each coordinate, in LPS: left and to the back, so minus one in RAS.
    expected = [[0.0, 1.0, 4.0], [-5.5, -1.0, 61.0]]
    np.testing.assert_allclose(slicer.points(items["Fiducials"]), expected)


def test_transforms_are_itk_files_in_lps(items: dict[str, dict[str, str]], tmp_path: Path) -> None:
    linear = slicer.transform(items["TransformLinear"], tmp_path)
    np.testing.assert_allclose(linear.TransformPoint((5.0, 5.0, 5.0)), (6.0, 7.0, 8.0))
    grid = slicer.transform(items["TransformGrid"], tmp_path)
    np.testing.assert_allclose(grid.TransformPoint((5.0, 5.0, 5.0)), (6.0, 7.0, 8.0), atol=1e-5)
    spline = slicer.transform(items["TransformBSpline"], tmp_path)
    inside = images.ball().TransformContinuousIndexToPhysicalPoint((6.0, 5.0, 4.0))
    np.testing.assert_allclose(spline.TransformPoint(inside), np.add(inside, 0.5), atol=1e-5)


def as_field(content: bytes) -> Any:
    return {
        "base64 in lines": (None, base64.encodebytes(content)),
        "base64 in one line": (None, base64.b64encode(content)),
        "base64 with CRLF": (None, base64.encodebytes(content).replace(b"\n", b"\r\n")),
        "base64 in a file part": ("image.mha", base64.b64encode(content)),
        "raw bytes as a field": (None, content),
        "raw bytes in a file part": ("image.mha", content, "application/octet-stream"),
    }


@pytest.mark.parametrize("how", list(as_field(b"")))
@pytest.mark.parametrize("name", ["a.mha", "a.nii.gz", "a.nrrd"])
def test_a_volume_may_come_as_text_or_as_it_is(lean: httpx.Client, tmp_path: Path, how: str, name: str) -> None:
    ball = images.ball()
    field = as_field(images.file_of(ball, name))[how]
    response = lean.post("/positive/predict", files={"image": field, "module_version": (None, "Slicer-v2")})
    assert response.status_code == 200, response.text
    labels = slicer.labels(response.json()[0], tmp_path)
    assert labels.GetSize() == ball.GetSize()
    np.testing.assert_array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(ball) > 0)


def test_the_slicer_extension_s_own_encoder_works_for_plain_apps(lean_host: RunningHost) -> None:
    response = slicer.post(f"{lean_host.url}/echo/predict", {"number": "2.0", "flag": "True", "word": "two"})
    assert response.json() == [{"type": "PlainText", "content": "TWO 2", "label": "answer"}]


@pytest.mark.parametrize("extension", ["nii.gz", "h5", "mat"])
def test_a_transform_comes_with_its_kind_in_the_first_line(url: str, tmp_path: Path, extension: str) -> None:
    translation = sitk.AffineTransform(3)
    translation.SetTranslation((7.0, 8.0, 9.0))
    text = slicer.sent_transform(translation, tmp_path, extension)
    fields = {"fixed": slicer.volume(images.ball(), tmp_path), "transform": text}
    response = slicer.post(url, fields)
    assert response.status_code == 200, response.text
    linear = slicer.transform(response.json()[-1], tmp_path)
    np.testing.assert_allclose(linear.TransformPoint((0.0, 0.0, 0.0)), (7.0, 8.0, 9.0), atol=1e-5)


def test_no_points_come_as_a_sentence(url: str, tmp_path: Path) -> None:
    # The extension reads an empty text as a point without numbers, and then loads nothing more of the results.
    response = slicer.post(url, {"fixed": slicer.volume(images.ball(), tmp_path), "points": ""})
    assert [item["type"] for item in response.json()] == [kind.replace("Fiducials", "PlainText") for kind in TYPES]
    assert response.json()[3] == {"type": "PlainText", "label": "marks", "content": "No points were found."}


@pytest.mark.parametrize("points", ["1,2", "1,2,3;4", "a,b,c", "1,2,nan", "1,inf,3", "1;2;3"])
def test_fiducials_that_are_none_are_refused(lean: httpx.Client, points: str) -> None:
    files = {"fixed": ("a", images.file_of(images.ball())), "points": (None, points)}
    response = lean.post("/everything/predict", files=files)
    assert response.status_code == 422
    assert "'points'" in response.json()[0]["content"]
