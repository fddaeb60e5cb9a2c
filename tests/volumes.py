"""Grids that geometry is tested on."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from numpy.typing import NDArray


def rotation(a: float, b: float) -> NDArray[np.float64]:
    around_z = np.array([[np.cos(a), -np.sin(a), 0], [np.sin(a), np.cos(a), 0], [0, 0, 1]])
    around_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    return around_z @ around_x


# size, spacing, origin, direction
GRIDS = {
    "plain": ((7, 6, 5), (1, 1, 1), (0, 0, 0), np.eye(3)),
    "oblique": ((7, 6, 5), (0.7123456789, 1 / 3, 2.1), (-123.456789012345, 17.1, 1e-7), rotation(0.3, 0.2)),
    "flipped": ((7, 6, 5), (1, 2, 3), (10, -20, 30.5), np.diag([-1, 1, 1])),
    "swapped": ((7, 6, 5), (1, 2, 3), (1, 2, 3), np.array([[0, 0, 1], [1, 0, 0], [0, -1, 0]])),
    "turned around": ((7, 6, 5), (1, 1, 1.5), (0, 5, 0), np.diag([-1, -1, 1])),
    "anisotropic": ((7, 6, 5), (0.25, 0.5, 8), (0, 0, -400), np.eye(3)),
    "single slice": ((7, 6, 1), (0.7, 0.8, 5), (1, 2, 3), rotation(-0.8, 1.1)),
}


def volume(name: str, dtype: str = "int16") -> sitk.Image:
    """A volume of random numbers on one of the grids."""
    size, spacing, origin, direction = GRIDS[name]
    voxels = np.random.default_rng(1).integers(0, 100, size[::-1]).astype(dtype)
    image = sitk.GetImageFromArray(voxels)
    image.SetSpacing([float(number) for number in spacing])
    image.SetOrigin([float(number) for number in origin])
    image.SetDirection(np.asarray(direction, float).ravel().tolist())
    return image
