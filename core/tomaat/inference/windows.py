"""Where the windows lie that a network looks through, and what each of their voxels weighs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from tomaat.inference.plan import SegmentationPlan

Shape = tuple[int, int, int]


@dataclass(frozen=True)
class Windows:
    """Windows over a volume, placed as MONAI's ``sliding_window_inference`` places them.

    :ivar size: of each window.
    :ivar padding: voxels of 0 before each axis, for a volume that is smaller than a window.
    :ivar padded: the volume's size with all padding.
    :ivar starts: the first voxel of every window, along each axis on its own.
    :ivar along: the axis that they are gone through along: what lies behind the current window is done with, so the
        one with the least to hold in memory.
    """

    size: Shape
    padding: Shape
    padded: Shape
    starts: tuple[tuple[int, ...], ...]
    along: int

    @classmethod
    def over(cls, shape: Sequence[int], plan: SegmentationPlan) -> Self:
        """The windows that ``plan`` asks for over a volume of ``shape``."""
        if plan.whole_volume:
            return cls._one(shape, plan)
        padded = [max(side, window) for side, window in zip(shape, plan.window, strict=True)]
        padding = [max(window - side, 0) // 2 for side, window in zip(shape, plan.window, strict=True)]
        starts = [_starts(side, window, plan.overlap) for side, window in zip(padded, plan.window, strict=True)]
        held = [plan.window[axis] / padded[axis] for axis in range(3)]
        return cls(plan.window, _shape(padding), _shape(padded), tuple(starts), held.index(min(held)))

    @classmethod
    def _one(cls, shape: Sequence[int], plan: SegmentationPlan) -> Self:
        """One window over all, with padding behind to what the network can halve as often as its usual windows."""
        multiple = math.gcd(*plan.window) & -math.gcd(*plan.window)
        whole = _shape([side + -side % multiple for side in shape])
        return cls(whole, (0, 0, 0), whole, ((0,), (0,), (0,)), along=0)

    def __len__(self) -> int:
        x, y, z = self.starts
        return len(x) * len(y) * len(z)

    def at(self, start: int) -> list[Shape]:
        """The first voxels of all windows that start there along :attr:`along`, in order."""
        axes = [(start,) if axis == self.along else starts for axis, starts in enumerate(self.starts)]
        return [(x, y, z) for x in axes[0] for y in axes[1] for z in axes[2]]


def _starts(side: int, window: int, overlap: float) -> tuple[int, ...]:
    """Evenly from the first voxel on; the last one is moved back to end with the volume."""
    interval = window if window == side else max(int(window * (1 - overlap)), 1)
    starts = list(range(0, max(side - window, 0), interval))
    return (*starts, side - window)


def _shape(values: list[int]) -> Shape:
    x, y, z = values
    return x, y, z
