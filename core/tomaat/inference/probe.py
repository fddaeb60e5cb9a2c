"""A made-up volume, to see whether two ways to run a network give the same labels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from tomaat.inference.plan import SegmentationPlan, ZScore

SIDE = 96
"""Voxels of a probe along each axis, unless the window is smaller."""
AGREEMENT = 0.999
"""The part of a probe's voxels that must have the same label."""
OVERLAP = 0.98
"""The Dice coefficient that each label of some size must reach; agreement alone would let a small organ go astray."""
TELLING = 1000
"""Voxels that two labels must have for a comparison to say anything."""


@dataclass(frozen=True)
class Comparison:
    """How alike two label maps are.

    :ivar agreement: the part of the voxels with the same label.
    :ivar dice: the smallest Dice coefficient among the labels that are large enough to tell.
    :ivar telling: whether at least two labels are; with one alone, agreement says nothing.
    """

    agreement: float
    dice: float
    telling: bool

    @property
    def same(self) -> bool:
        """Whether one may stand for the other."""
        return self.agreement >= AGREEMENT and self.dice >= OVERLAP


def probe_volume(plan: SegmentationPlan, channels: int, window: tuple[int, int, int]) -> Tensor:
    """Smooth blobs and ellipsoids over the whole range of intensities that ``plan`` lets through, always the same.

    :returns: float32, channels x X x Y x Z.
    """

    random = torch.Generator().manual_seed(0)
    shape = [min(side, SIDE) for side in window]
    coarse = torch.rand((1, channels, *[max(side // 12, 2) for side in shape]), generator=random)
    volume = interpolate(coarse, shape, mode="trilinear")[0]
    axes = torch.meshgrid(*[torch.linspace(-1, 1, side) for side in shape], indexing="ij")
    for number in range(10):
        centre, radius = torch.rand(3, generator=random) * 1.6 - 0.8, torch.rand(3, generator=random) * 0.3 + 0.1
        inside = sum(((axis - c) / r) ** 2 for axis, c, r in zip(axes, centre, radius, strict=True)) < 1
        volume[:, inside] = (number + 0.5) / 10
    volume += torch.randn(volume.shape, generator=random) * 0.02
    return volume * 4 - 2 if isinstance(plan.intensity, ZScore) else volume.clamp_(0, 1)


def labels_of(scores: Tensor) -> Tensor:
    """The labels of scores x X x Y x Z."""
    return (scores[0] > 0).long() if len(scores) == 1 else scores.argmax(0)


def compare(one: Tensor, other: Tensor) -> Comparison:
    """Compare two label maps of one shape."""
    sizes = torch.bincount(one.flatten())
    large = [int(label) for label in (sizes >= TELLING).nonzero()]
    overlaps = [_dice(one == label, other == label) for label in large]
    return Comparison(float((one == other).double().mean()), min(overlaps, default=1.0), len(large) > 1)


def _dice(one: Tensor, other: Tensor) -> float:
    return float(2 * (one & other).sum() / (one.sum() + other.sum()))
