"""Noise has a surface between any two voxels; it must not take a worker for minutes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkPolyData

from tomaat.surface import MOST_TRIANGLES, ROUGHEST, label_surface


def points(surface: vtkPolyData) -> np.ndarray:
    """The surface's points, n x 3."""
    return vtk_to_numpy(surface.GetPoints().GetData())


def test_a_rough_label_is_averaged_until_its_triangles_are_few() -> None:
    voxels = (np.random.default_rng(0).random((96, 96, 96)) > 0.5).astype(np.uint8)

    surface = label_surface(sitk.GetImageFromArray(voxels))

    # Decimation may stop short of its aim; without the averaging there would be two million to begin with.
    assert 0 < surface.GetNumberOfPolys() <= ROUGHEST * MOST_TRIANGLES


def test_small_parts_far_from_each_other_all_show() -> None:
    voxels = np.zeros((200, 200, 200), np.uint8)
    voxels[1:3, 1:3, 1:3] = voxels[100, 100, 100:103] = voxels[-3:-1, -3:-1, -3:-1] = 1

    x, y, z = (axis.ravel() for axis in np.split(points(label_surface(sitk.GetImageFromArray(voxels))), 3, axis=1))

    for near in (1.5, 100.5, 197.5):
        assert ((abs(x - near) < 2) & (abs(y - near) < 2) & (abs(z - near) < 2)).any()
