"""Linear interpolation, one axis after the other, as products with narrow matrices.

Between two grids that share their axes, linear interpolation in three dimensions is three times one dimension. Each is
a matrix with two numbers in a row; a block of its rows only needs a few columns, and a processor's matrix product does
such a block faster than anything that picks voxels one by one. The result is that of MONAI's ``Spacing`` and its
inverse but for the last bits of float32.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

BLOCK = 64
"""Rows of a matrix that are multiplied at once: wider blocks compute more zeros, narrower ones are many."""


@dataclass(frozen=True)
class Samples:
    """Where new voxels lie among the old, along one axis.

    :ivar lower: for each new voxel the old one before it.
    :ivar weight: the part of the next one, 0 to 1; the rest is the lower one's.
    :ivar known: which old voxels there are; those outside count as 0.
    """

    lower: NDArray[np.int64]
    weight: NDArray[np.float64]
    known: range

    @classmethod
    def at(cls, positions: NDArray[np.floating[Any]], size: int, known: range | None = None) -> Samples:
        """Samples at ``positions``, counted in old voxels; beyond the first and last of ``size`` these go on.

        :param known: the old voxels that are not 0, where not all of them.
        """
        inside = np.clip(positions, 0, size - 1)
        lower = np.minimum(np.floor(inside).astype(np.int64), max(size - 2, 0))
        return cls(lower, inside - lower, known or range(size))

    def __len__(self) -> int:
        return len(self.lower)

    @property
    def trivial(self) -> bool:
        """Whether the new voxels are the known old ones."""
        here = np.arange(self.known.start, self.known.stop)
        return len(self) == len(here) and bool(np.all(np.abs(self.lower + self.weight - here) < 1e-9))

    def touched(self) -> range:
        """The new voxels, in one stretch, that any known old one contributes to."""
        upper = self.lower + (self.weight > 0)
        hit = np.flatnonzero((upper >= self.known.start) & (self.lower < self.known.stop))
        return range(int(hit[0]), int(hit[-1]) + 1) if len(hit) else range(0)

    def part(self, rows: range) -> Samples:
        """Some of the new voxels."""
        return Samples(self.lower[rows.start : rows.stop], self.weight[rows.start : rows.stop], self.known)

    def among(self, known: range) -> Samples:
        """The same, with other old voxels known."""
        return Samples(self.lower, self.weight, known)

    def blocks(self, device: Any) -> Iterator[tuple[slice, slice, Tensor]]:
        """Rows, the columns that they need (counted from the first known old voxel), and the matrix between them."""
        first, last = self.known.start, self.known.stop - 1
        for start in range(0, len(self), BLOCK):
            rows = slice(start, min(start + BLOCK, len(self)))
            lower, weight = self.lower[rows], self.weight[rows]
            low = int(np.clip(lower.min(), first, last))
            high = int(np.clip(lower.max() + 1, first, last))
            matrix = np.zeros((len(lower), high - low + 1), np.float32)
            for old, part in ((lower, 1 - weight), (lower + 1, weight)):
                there = np.flatnonzero((old >= low) & (old <= high) & (part > 0))
                np.add.at(matrix, (there, old[there] - low), part[there])
            yield rows, slice(low - first, high - first + 1), torch.from_numpy(matrix).to(device)


def interpolate(volume: Tensor, axis: int, samples: Samples) -> Tensor:
    """``volume`` with another number of voxels along ``axis``.

    :param volume: float32, any number of axes; along ``axis`` it holds the known old voxels of ``samples``.
    """
    if samples.trivial:
        return volume
    axis %= volume.ndim
    shape = list(volume.shape)
    before, after = int(np.prod(shape[:axis], dtype=int)), int(np.prod(shape[axis + 1 :], dtype=int))
    old = volume.reshape(before, shape[axis], after)
    new = torch.empty((before, len(samples), after), dtype=volume.dtype, device=volume.device)
    for rows, columns, matrix in samples.blocks(volume.device):
        if after == 1:
            torch.mm(old[:, columns, 0], matrix.T, out=new[:, rows, 0])
        elif before == 1:
            torch.mm(matrix, old[0, columns], out=new[0, rows])
        else:
            new[:, rows] = torch.matmul(matrix, old[:, columns])
    return new.reshape(*shape[:axis], len(samples), *shape[axis + 1 :])
