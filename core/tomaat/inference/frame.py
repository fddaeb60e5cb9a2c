"""How an image's own voxels lie to the voxels that the network sees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from tomaat.image import Grid
from tomaat.inference.interpolation import Samples
from tomaat.inference.plan import SegmentationPlan
from tomaat.orientation import Orientation

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Frame:
    """The network's grid over one image: its axes in the plan's orientation, its voxels at the plan's spacing.

    Its first voxel is the image's corner, and its number of voxels is rounded, as MONAI's ``Spacing`` has them.

    :ivar grid: the image's own.
    :ivar oriented: the image's voxels along the network's x, y, z.
    :ivar shape: the network's voxels along its x, y, z.
    :ivar steps: how many of the image's voxels one of the network's is long, along x, y, z.
    """

    grid: Grid
    orientation: Orientation
    oriented: Shape
    shape: Shape
    steps: tuple[float, float, float]

    @classmethod
    def of(cls, grid: Grid, plan: SegmentationPlan) -> Self:
        """The frame that ``plan`` asks for."""
        orientation = Orientation.of(grid.ras_affine, plan.orientation)
        oriented = [grid.size[axis] for axis in orientation.axes]
        spacing = [grid.spacing[axis] for axis in orientation.axes]
        steps = [new / old for new, old in zip(plan.spacing or spacing, spacing, strict=True)]
        shape = [int(np.round((size - 1) / step + 1)) for size, step in zip(oriented, steps, strict=True)]
        return cls(grid, orientation, _triple(oriented), _triple(shape), (steps[0], steps[1], steps[2]))

    def to_network(self, axis: int) -> Samples:
        """The network's voxels among the image's, along the network's ``axis``; the image's are as they are stored."""
        positions = np.arange(self.shape[axis], dtype=np.float64) * self.steps[axis]
        if axis in self.orientation.turned:
            positions = self.oriented[axis] - 1 - positions
        return Samples.at(positions, self.oriented[axis])

    def to_image(self, axis: int, known: range) -> Samples:
        """The image's voxels, as they are stored, among the network's, along the network's ``axis``.

        :param known: the network's voxels that it looked at; it found nothing in the others.
        """
        index = np.arange(self.oriented[axis], dtype=np.float64)
        if axis in self.orientation.turned:
            index = self.oriented[axis] - 1 - index
        return Samples.at(index / self.steps[axis], self.shape[axis], known)


def _triple(values: list[int]) -> Shape:
    x, y, z = values
    return x, y, z
