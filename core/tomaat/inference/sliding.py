"""Look at a volume through windows, and blend what the network says where they overlap."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from monai.data.utils import compute_importance_map
from torch import Tensor

from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.windows import Windows

Look = Callable[["Tensor"], "Tensor"]
"""What the network makes of one window: channels x X x Y x Z to scores x X x Y x Z, float32, on the same device."""
Told = Callable[[int, int], None]
"""Is told before each window: its number, from 1, and how many there are."""


def slide(volume: Tensor, look: Look, plan: SegmentationPlan, windows: Windows, told: Told) -> Iterator[Tensor]:
    """The blended answer, in slabs that follow each other along ``windows.along``: scores x X x Y x Z.

    A slab is given out as soon as no later window touches it, and only what is still open is held. The numbers are
    those of MONAI's ``sliding_window_inference``.

    :param volume: float32, channels x X x Y x Z, on the device that the answer is blended on.
    """
    size = volume.shape[1:]
    volume = _padded(volume, windows)
    weights = Weights.of(plan, windows).on(volume.device)
    axis = windows.along
    blended: Tensor | None = None
    number = 0
    for start, following in zip(windows.starts[axis], (*windows.starts[axis][1:], windows.padded[axis]), strict=True):
        for corner in windows.at(start):
            number += 1
            told(number, len(windows))
            scores = look(volume[:, *_window(corner, windows.size)])
            if blended is None:
                sides = [side if n == axis else windows.padded[n] for n, side in enumerate(windows.size)]
                blended = torch.zeros((len(scores), *sides), device=volume.device)
            here = _window([0 if n == axis else first for n, first in enumerate(corner)], windows.size)
            blended[:, *here] += weights.weighed(scores)
        assert blended is not None
        done = following - start
        slab = weights.normalised(blended.narrow(axis + 1, 0, done), axis, start)
        yield slab[:, *_window(windows.padding, [min(n, m) for n, m in zip(slab.shape[1:], size, strict=True)])]
        _advance(blended, axis + 1, done)


@dataclass(frozen=True)
class Weights:
    """What the voxels of windows weigh, and what comes together in each voxel of the volume.

    :ivar importance: of a window's voxels, x, y, z; ``None`` where all are alike.
    :ivar totals: what is to be divided by: along each axis on its own where all are alike, else x, y, z.
    """

    importance: Tensor | None
    totals: tuple[Tensor, ...]

    @classmethod
    def of(cls, plan: SegmentationPlan, windows: Windows) -> Self:
        """The weights that ``plan`` asks for."""
        if plan.blend == "constant":
            return cls(None, tuple(_counts(starts, n, windows) for n, starts in enumerate(windows.starts)))
        importance: Tensor = compute_importance_map(windows.size, mode=plan.blend)
        total = torch.zeros(windows.padded)
        for corner in itertools.product(*windows.starts):
            total[_window(corner, windows.size)] += importance
        return cls(importance, (total,))

    def on(self, device: torch.device) -> Self:
        """The same, there."""
        importance = None if self.importance is None else self.importance.to(device)
        return type(self)(importance, tuple(total.to(device) for total in self.totals))

    def weighed(self, scores: Tensor) -> Tensor:
        """A window's scores by their weights, in place."""
        return scores if self.importance is None else scores.mul_(self.importance)

    def normalised(self, slab: Tensor, axis: int, start: int) -> Tensor:
        """The mean of what windows say, in place.

        :param slab: the sum, scores x X x Y x Z, from voxel ``start`` on along ``axis``.
        """
        done = slab.shape[axis + 1]
        if self.importance is not None:
            return slab.div_(self.totals[0].narrow(axis, start, done))
        x, y, z = (total[start : start + done] if n == axis else total for n, total in enumerate(self.totals))
        return slab.div_(x[:, None, None] * y[:, None] * z)


def _counts(starts: Sequence[int], axis: int, windows: Windows) -> Tensor:
    """How many windows lie over each voxel along one axis."""
    counts = torch.zeros(windows.padded[axis])
    for start in starts:
        counts[start : start + windows.size[axis]] += 1
    return counts


def _padded(volume: Tensor, windows: Windows) -> Tensor:
    sides = zip(reversed(volume.shape[1:]), reversed(windows.padding), reversed(windows.padded), strict=True)
    padding = [part for side, before, padded in sides for part in (before, padded - side - before)]
    return torch.nn.functional.pad(volume, padding) if any(padding) else volume


def _window(corner: Sequence[int], size: Sequence[int]) -> tuple[slice, ...]:
    return tuple(slice(first, first + side) for first, side in zip(corner, size, strict=True))


def _advance(held: Tensor, axis: int, done: int) -> None:
    """Move what is still open to the front, and begin anew behind it."""
    open_ = held.shape[axis] - done
    if open_ > 0:
        held.narrow(axis, 0, open_).copy_(held.narrow(axis, done, open_).clone())
    held.narrow(axis, max(open_, 0), min(done, held.shape[axis])).zero_()
