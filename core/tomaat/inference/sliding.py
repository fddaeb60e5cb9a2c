"""Look at a volume through windows, and blend what the network says where they overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import torch
from torch import Tensor

from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.windows import Windows

Look = Callable[["Tensor"], "Tensor"]
"""What the network makes of one window: channels x X x Y x Z to scores x X x Y x Z, float32."""
Told = Callable[[int, int], None]
"""Is told before each window: its number, from 1, and how many there are."""


def slide(volume: Tensor, look: Look, plan: SegmentationPlan, windows: Windows, told: Told) -> Iterator[Tensor]:
    """The blended answer, in slabs that follow each other along ``windows.along``: scores x X x Y x Z.

    A slab is given out as soon as no later window touches it, and only what is still open is held. The numbers are
    those of MONAI's ``sliding_window_inference``.

    :param volume: float32, channels x X x Y x Z.
    """
    size = volume.shape[1:]
    volume = _padded(volume, windows)
    weights = windows.importance(plan)
    axis = windows.along
    blended: Tensor | None = None
    total = torch.zeros([side if n == axis else volume.shape[n + 1] for n, side in enumerate(windows.size)])
    number = 0
    for start, following in zip(windows.starts[axis], (*windows.starts[axis][1:], windows.padded[axis]), strict=True):
        for corner in windows.at(start):
            number += 1
            told(number, len(windows))
            scores = look(volume[:, *_window(corner, windows.size)])
            if blended is None:
                blended = torch.zeros((len(scores), *total.shape))
            here = _window([0 if n == axis else first for n, first in enumerate(corner)], windows.size)
            blended[:, *here] += scores.mul_(weights) if plan.blend == "gaussian" else scores
            total[here] += weights
        assert blended is not None
        done = following - start
        slab = blended.narrow(axis + 1, 0, done) / total.narrow(axis, 0, done)
        yield slab[:, *_window(windows.padding, [min(n, m) for n, m in zip(slab.shape[1:], size, strict=True)])]
        _advance(blended, axis + 1, done)
        _advance(total, axis, done)


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
