"""Scans in Hounsfield units on the grids that geometry is tested on, with enough voxels to be resampled."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
import torch

from volumes import GRIDS


def scan(name: str, size: tuple[int, int, int] = (40, 35, 30)) -> sitk.Image:
    """Smooth noise in Hounsfield units, air around it, on one of the grids with more voxels."""
    _, spacing, origin, direction = GRIDS[name]
    if name == "single slice":
        size = (40, 35, 1)
    noise = torch.rand((1, 1, 8, 7, 6), generator=torch.Generator().manual_seed(1)) * 400 - 150
    voxels = torch.nn.functional.interpolate(noise, size[::-1], mode="trilinear")[0, 0].numpy().copy()
    voxels[:, :4] = voxels[:, :, -5:] = -1000
    image = sitk.GetImageFromArray(voxels.astype(np.int16))
    image.SetSpacing([float(number) for number in spacing])
    image.SetOrigin([float(number) for number in origin])
    image.SetDirection(np.asarray(direction, float).ravel().tolist())
    return image
