"""Synthetic volumes on the grids that geometry errors show on.

A head about the origin of LPS millimetres: a scalp, a dark skull, fluid, a brain of two tissues, ventricles, noise.
It looks enough like T1-weighted MRI for a brain extraction network. One bright ball to the left, front and top makes
it lopsided, so that no axis can be taken for another unseen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import SimpleITK as sitk

IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
NOISE = 15.0
"""Standard deviation, where the brain is about 600 and 800."""
SHAPES: tuple[tuple[float, tuple[float, float, float], tuple[float, float, float]], ...] = (
    (450.0, (0, 0, 0), (82, 100, 92)),  # scalp
    (60.0, (0, 0, 0), (77, 95, 87)),  # skull
    (200.0, (0, 0, 0), (70, 88, 80)),  # fluid
    (600.0, (0, 0, 0), (67, 85, 77)),  # cortex
    (800.0, (0, 0, 0), (56, 72, 64)),  # white matter
    (220.0, (12, 0, 8), (8, 28, 10)),  # ventricles
    (220.0, (-12, 0, 8), (8, 28, 10)),
    (1200.0, (30, -40, 30), (14, 14, 14)),  # the ball
)
"""Intensity, centre and radii in LPS millimetres; a later one lies over the earlier."""


def head(
    size: tuple[int, int, int] = (72, 84, 76),
    spacing: tuple[float, float, float] = (2.8, 2.8, 2.8),
    direction: tuple[float, ...] = IDENTITY,
    *,
    seed: int = 0,
) -> sitk.Image:
    """A head in the middle of an int16 image, air at 0.

    :param size: voxels along i, j, k.
    :param spacing: millimetres between them.
    :param direction: nine numbers, row by row: where i, j, k run in LPS.
    """
    import numpy as np
    import SimpleITK as sitk

    matrix = np.reshape(direction, (3, 3))
    middle = matrix @ (np.multiply(spacing, np.subtract(size, 1)) / 2)
    k, j, i = np.indices(size[::-1], dtype=np.float32)
    points = np.tensordot(matrix * spacing, np.stack((i, j, k)), 1) - middle[:, None, None, None]
    values = np.zeros(points.shape[1:], np.float32)
    for intensity, centre, radii in SHAPES:
        values[_inside(points, centre, radii)] = intensity
    values += np.random.default_rng(seed).normal(0, NOISE, values.shape)
    image = sitk.GetImageFromArray(np.clip(values, 0, None).astype(np.int16))
    image.SetSpacing(spacing)
    image.SetDirection(direction)
    image.SetOrigin((-middle).tolist())
    return image


def _inside(points: Any, centre: tuple[float, float, float], radii: tuple[float, float, float]) -> Any:
    return sum(((points[axis] - centre[axis]) / radii[axis]) ** 2 for axis in range(3)) < 1


def oblique() -> sitk.Image:
    """A head on a grid that is turned about all three axes, as a tilted acquisition is."""
    import SimpleITK as sitk

    turn = sitk.Euler3DTransform((0.0, 0.0, 0.0), 0.2, -0.15, 0.3)
    return head(size=(80, 88, 78), direction=turn.GetMatrix())


def flipped() -> sitk.Image:
    """The head of :func:`head`, voxel for voxel, with its axes swapped and turned: stored superior, left, anterior."""
    import SimpleITK as sitk

    turned: sitk.Image = sitk.Flip(sitk.PermuteAxes(head(), (2, 0, 1)), (False, False, True))
    return turned


def anisotropic() -> sitk.Image:
    """A head in thick slices: 1.6 by 1.7 by 8 millimetres."""
    return head(size=(126, 138, 27), spacing=(1.6, 1.7, 8.0))


def single_slice() -> sitk.Image:
    """One slice through the middle of a head, still with three axes."""
    return head(size=(100, 116, 1), spacing=(2.0, 2.0, 5.0))


GRIDS: Mapping[str, Callable[[], sitk.Image]] = MappingProxyType(
    {"oblique": oblique, "flipped": flipped, "anisotropic": anisotropic, "single-slice": single_slice}
)
"""What :class:`tomaat.testing.AppContract` and ``tomaat check`` try an app's geometry on."""
