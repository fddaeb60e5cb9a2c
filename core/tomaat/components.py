"""Connected components of a mask: a bool array with three axes, in whatever order, which is nothing to neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def largest_component(mask: Mask) -> Mask:
    """Of all groups of voxels that touch by face, edge or corner, the one with the most voxels; empty if ``mask`` is.

    Costs what the box around the mask costs, and not what the whole array would.
    """
    import SimpleITK as sitk

    box = bounding_box(mask)
    largest = np.zeros_like(mask)
    inside = np.ascontiguousarray(mask[box]).view(np.uint8)
    if inside.size:
        components = sitk.ConnectedComponent(sitk.GetImageFromArray(inside), True)  # fully connected
        ordered = sitk.RelabelComponent(components, sortByObjectSize=True)
        largest[box] = sitk.GetArrayViewFromImage(ordered) == 1
    return largest


def bounding_box(mask: Mask) -> tuple[slice, slice, slice]:
    """The smallest box that holds all of a mask; without any voxel if ``mask`` is empty."""
    found: list[slice] = []
    for axis in range(3):
        # Each look is at the box of those before, so that the whole array is read once
        boxed = mask[tuple(found)]
        others = tuple(other for other in range(3) if other != axis)
        planes = np.flatnonzero(boxed.any(axis=others))
        found.append(slice(int(planes[0]), int(planes[-1]) + 1) if len(planes) else slice(0, 0))
    x, y, z = found
    return x, y, z
