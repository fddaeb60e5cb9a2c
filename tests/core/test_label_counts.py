"""How many voxels each label has: the same as numpy says, whatever the pixel type, and without copies of the volume."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import SimpleITK as sitk

from tomaat import LabelVolume
from tomaat.label_counts import MOST, count_labels


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int32", "uint32", "int64", "float32", "float64"])
@pytest.mark.parametrize("shape", [(1, 1, 1), (3, 5, 7), (40, 130, 251)])
def test_every_voxel_is_counted(dtype: str, shape: tuple[int, int, int]) -> None:
    values = np.array([0, 1, 2, 3, 5, 117 if dtype.endswith("t8") else 70000 if "16" not in dtype else 65535])
    voxels = np.random.default_rng(1).choice(values, shape).astype(dtype)
    voxels[:, : shape[1] // 2] = 0
    expected = {int(value): int((voxels == value).sum()) for value in np.unique(voxels) if value}
    assert count_labels(sitk.GetImageFromArray(voxels)) == expected


def test_what_is_no_segmentation_is_not_counted() -> None:
    many = np.arange(MOST + 2, dtype=np.uint16).reshape(1, 2, -1)
    assert count_labels(sitk.GetImageFromArray(many)) is None
    assert len(count_labels(sitk.GetImageFromArray(many % (MOST + 1))) or ()) == MOST
    assert count_labels(sitk.GetImageFromArray(np.full((2, 2, 2), -1, np.int16))) is None
    assert LabelVolume("labels").preview(sitk.GetImageFromArray(many)) is None


def test_a_large_volume_takes_little_memory() -> None:
    labels = np.zeros((64, 512, 512), np.uint8)
    labels[:, 100:300] = np.arange(200)[:, None]
    image = sitk.GetImageFromArray(labels)
    tracemalloc.start()
    try:
        counted = count_labels(image)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert counted == dict.fromkeys(range(1, 200), 64 * 512)
    assert peak < 20e6


def test_labels_are_measured_in_millilitres() -> None:
    labels = np.zeros((4, 5, 6), np.int32)
    labels[0, 0] = [0, 1, 1, 7, 7, 7]
    image = sitk.GetImageFromArray(labels)
    image.SetSpacing((0.5, 0.5, 3.0))
    assert LabelVolume("labels", labels={0: "background", 1: "liver", 2: "spleen"}).preview(image) == {
        "1": {"voxels": 2, "millilitres": 0.0015},
        "2": {"voxels": 0, "millilitres": 0.0},
        "7": {"voxels": 3, "millilitres": 0.00225},
    }
