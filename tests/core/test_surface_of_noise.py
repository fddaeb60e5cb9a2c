"""Noise has a surface between any two voxels; it must not take a worker for minutes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from tomaat.surface import MOST_TRIANGLES, ROUGHEST, label_surface


def test_a_rough_label_is_averaged_until_its_triangles_are_few() -> None:
    voxels = (np.random.default_rng(0).random((96, 96, 96)) > 0.5).astype(np.uint8)

    surface = label_surface(sitk.GetImageFromArray(voxels))

    # Decimation may stop short of its aim; without the averaging there would be two million to begin with.
    assert 0 < surface.GetNumberOfPolys() <= ROUGHEST * MOST_TRIANGLES


def test_scattered_voxels_that_average_to_nothing_give_an_empty_surface() -> None:
    voxels = np.zeros((200, 200, 200), np.uint8)
    voxels[1, 1, 1] = voxels[-2, -2, -2] = 1

    assert label_surface(sitk.GetImageFromArray(voxels)).GetNumberOfPolys() == 0
