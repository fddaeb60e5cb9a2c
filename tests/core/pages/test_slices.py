"""Slices drawn by the host: left is left and up is up, whatever a volume's axes are, and labels are where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import SimpleITK as sitk
from numpy.typing import NDArray

import images
from calls import ended, send
from hosts import RunningHost
from tomaat.image_files.slices import TILE, TILES, write_slices
from volumes import rotation

PLANES = ("axial", "coronal", "sagittal")
DIRECTIONS = {
    "oblique": rotation(0.3, 0.2),
    "flipped": np.diag([-1, 1, -1]),
    "swapped": np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]]),
}
LEFT, FRONT_TOP = np.array([12, 0, 0]), np.array([0, -14, 14])


def scene(direction: NDArray[Any]) -> tuple[sitk.Image, sitk.Image]:
    """A grey body with a bright spot on its left, and a label at the top of its front; long from head to foot."""
    image = sitk.Image((40, 44, 48), sitk.sitkInt16)
    image.SetSpacing((1.0, 1.25, 1.5))
    image.SetDirection(direction.astype(float).ravel().tolist())
    image.SetOrigin((-direction @ (np.array(image.GetSize()) - 1) / 2 * image.GetSpacing()).tolist())
    middle = image.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in image.GetSize()])
    x, y, z = np.meshgrid(*map(np.arange, image.GetSize()), indexing="ij")
    steps = np.reshape(image.GetDirection(), (3, 3)) * image.GetSpacing()
    points = np.stack([x, y, z], -1) @ steps.T + image.GetOrigin() - middle

    def ball(around: NDArray[Any], radius: float) -> NDArray[np.bool_]:
        inside: NDArray[np.bool_] = np.linalg.norm(points - around, axis=-1) < radius
        return inside

    voxels = ball(np.zeros(3), 22) * 300 + ball(LEFT, 9.5) * 700 - 100
    made = [sitk.GetImageFromArray(each.transpose(2, 1, 0)) for each in (voxels.astype("i2"), ball(FRONT_TOP, 5) * 7.0)]
    for each in made:
        each.CopyInformation(image)
    return made[0], sitk.Cast(made[1], sitk.sitkUInt8)


def strip(path: Path) -> NDArray[np.float64]:
    """The tiles of a picture: tile, row, column, colour."""
    picture = sitk.GetArrayFromImage(sitk.ReadImage(str(path)))
    assert picture.shape == (TILES * TILE, TILE, 3)
    return picture.reshape(TILES, TILE, TILE, 3).astype(float)


def middle_of(shown: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Where it is: in which tile, how far down, how far to the right; -1 to 1."""
    assert shown.any()
    middle: NDArray[np.float64] = np.argwhere(shown).mean(0) / (np.array(shown.shape) - 1) * 2 - 1
    return middle


@pytest.mark.parametrize("name", DIRECTIONS)
def test_left_is_left_and_up_is_up(tmp_path: Path, name: str) -> None:
    image, labels = scene(DIRECTIONS[name])
    coarse = sitk.Resample(labels, [20, 22, 24], sitk.Transform(), sitk.sitkNearestNeighbor, labels.GetOrigin(),
                           [2 * step for step in labels.GetSpacing()], labels.GetDirection())  # fmt: skip
    for file, content in (("image.mha", image), ("labels.mha", labels), ("coarse.nii", coarse)):
        sitk.WriteImage(content, str(tmp_path / file))
    over = "coarse.nii" if name == "oblique" else "labels.mha"  # on a grid of its own
    target = tmp_path / f"{over}.slices"
    write_slices(tmp_path / "image.mha", target, over=tmp_path / over, colors={7: "#ff0000"})
    spots, reds = {}, {}
    for plane in PLANES:
        tiles = strip(target / f"{plane}.png")
        red = tiles[..., 0] - tiles[..., 1]
        spots[plane], reds[plane] = middle_of(tiles.min(-1) > 250), middle_of(red > 90)
    assert spots["axial"][2] > 0.2
    assert spots["coronal"][2] > 0.2
    assert spots["sagittal"][0] > 0.2
    (across, down, _), front, side = reds["axial"], reds["coronal"], reds["sagittal"]
    assert max(across, down, front[0], front[1], side[1], side[2]) < -0.2
    assert all(np.abs(red[axis]) < 0.25 for red, axis in ((reds["axial"], 2), (front, 2), (side, 0)))


def test_slices_have_the_body_s_proportions(tmp_path: Path) -> None:
    image, labels = scene(np.eye(3))
    sitk.WriteImage(image, str(tmp_path / "image.mha"))
    sitk.WriteImage(labels, str(tmp_path / "labels.mha"))
    write_slices(tmp_path / "image.mha", tmp_path / "alone")
    body = strip(tmp_path / "alone" / "coronal.png")[TILES // 2].max(-1) > 40
    rows, columns = (np.ptp(np.flatnonzero(body.any(axis))) for axis in (1, 0))
    assert (rows, columns) == pytest.approx((44 / 72 * TILE, 40 / 72 * TILE), rel=0.03)  # cut off at both sides
    write_slices(tmp_path / "labels.mha", tmp_path / "labels")
    assert strip(tmp_path / "labels" / "axial.png").max() == 255  # though less than a fiftieth of it is labelled


def test_the_host_draws_what_is_there(lean: httpx.Client, lean_host: RunningHost) -> None:
    content = images.file_of(images.ball())
    sent = send(lean, "/v1/apps/everything/jobs?keep_inputs=true", fixed=content)
    done = ended(lean, sent.json()["id"])
    assert done["state"] == "succeeded", done
    base = f"/jobs/{done['id']}/slices"
    for query in ("of=fixed", "of=fixed&over=labels", "of=labels"):
        for plane in PLANES:
            answer = lean.get(f"{base}/{plane}.png?{query}")
            assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png"), answer.text
            assert answer.content[:4] == b"\x89PNG"
    folder = lean_host.home / "jobs" / done["id"]
    drawn = {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.slices")}
    assert set(drawn) == {"fixed.slices", "fixed.labels.slices", "labels.slices"}
    lean.get(f"{base}/axial.png?of=fixed&over=labels")
    assert {path.name: path.stat().st_mtime_ns for path in folder.glob("*/*.slices")} == drawn
    for picture, query, status in (
        ("axial.jpg", "of=fixed", 404),
        ("oblique.png", "of=fixed", 404),
        ("axial.png", "", 422),
        ("axial.png", "of=report", 422),
        ("axial.png", "of=moving", 404),
        ("axial.png", "of=nothing", 404),
        ("axial.png", "of=fixed&over=fixed", 404),
    ):
        refused = lean.get(f"{base}/{picture}?{query}")
        assert (refused.status_code, refused.json()["status"]) == (status, status), query
    unkept = ended(lean, send(lean, "/v1/apps/positive/jobs", image=content).json()["id"])
    assert "keep_inputs" in lean.get(f"/jobs/{unkept['id']}/slices/axial.png?of=image").json()["detail"]
    waiting = send(lean, "/v1/apps/sleeper/jobs", seconds=20).json()["id"]
    lean.delete(f"/v1/jobs/{waiting}")
    lean.delete(f"/v1/jobs/{done['id']}")
    assert lean.get(f"{base}/axial.png?of=fixed").status_code == 404
