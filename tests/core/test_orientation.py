"""Axes are chosen as nibabel chooses them, for any oblique volume and any wanted orientation."""

from __future__ import annotations

import nibabel
import numpy as np
import pytest
import torch
from nibabel.orientations import apply_orientation, axcodes2ornt, io_orientation, ornt_transform

from tomaat.orientation import Orientation


@pytest.mark.parametrize("wanted", ["RAS", "LPS", "PIR", "SAL", "IRP"])
def test_as_nibabel(wanted: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        affine = np.eye(4)
        affine[:3, :3] = np.linalg.qr(random.normal(size=(3, 3)))[0] * random.uniform(0.5, 5, 3)
        array = random.random((2, 3, 4))
        orientation = Orientation.of(affine, wanted)
        turned = apply_orientation(array, ornt_transform(io_orientation(affine), axcodes2ornt(wanted)))
        canonical = orientation.canonical(torch.from_numpy(array))
        assert np.array_equal(canonical.numpy(), turned)
        assert np.array_equal(orientation.stored(canonical).numpy(), array)


def test_ras_is_the_closest_canonical() -> None:
    array = np.random.default_rng(1).random((2, 3, 4))
    affine = np.array([[0, 0, -3, 1], [1, 0, 0, 2], [0, -2, 0, 3], [0, 0, 0, 1]], dtype=float)
    canonical = Orientation.of(affine).canonical(torch.from_numpy(array)).numpy()
    assert np.array_equal(canonical, nibabel.as_closest_canonical(nibabel.Nifti1Image(array, affine)).get_fdata())
