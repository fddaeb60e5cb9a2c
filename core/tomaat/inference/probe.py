"""A made-up volume, to see whether two ways to run a network give the same labels."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor
from torch.nn.functional import avg_pool3d, pad

from tomaat.inference.plan import SegmentationPlan, ZScore
from tomaat.inference.running import as_loaded
from tomaat.out_of_memory import raise_if_out_of_memory
from tomaat.weights.network import Network

log = logging.getLogger(__name__)

AGREEMENT = 0.999
"""The part of a probe's voxels that must have the same label."""
OVERLAP = 0.98
"""The Dice coefficient that each label of some size must reach; agreement alone would let a small organ go astray."""
SIDE = 96
"""Voxels of a probe along each axis: as telling as a whole window, in a fraction of its time."""
ORGANS, NOISE = 24, 0.03
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


@dataclass(frozen=True)
class Probe:
    """A volume, channels x X x Y x Z, and what a network makes of it as it was loaded, scores x X x Y x Z."""

    volume: Tensor
    scores: Tensor

    @classmethod
    def of(cls, network: Network, volume: Tensor) -> Self:
        """Have the network look at ``volume``. Raises whatever the network raises."""
        return cls(volume, as_loaded(network)(volume))

    @classmethod
    def fitting(cls, network: Network, plan: SegmentationPlan, channels: int) -> Self:
        """A probe of :data:`SIDE` voxels a side at most, or of the window's own size for a network that takes no other.
        Raises what the network raises if it can't look at that."""
        small = (min(plan.window[0], SIDE), min(plan.window[1], SIDE), min(plan.window[2], SIDE))
        if small != plan.window:
            try:
                return cls.of(network, probe_volume(plan, channels, small))
            except Exception as error:
                raise_if_out_of_memory(error)
                log.info("the network does not take %s voxels (%s); trying its window", small, type(error).__name__)
        return cls.of(network, probe_volume(plan, channels, plan.window))


def probe_volume(plan: SegmentationPlan, channels: int, size: tuple[int, int, int]) -> Tensor:
    """A body with organs of every brightness that ``plan`` lets through, air around it, always the same: near enough to
    a scan that a network's labels on it are as sure as on one.

    :returns: float32, channels x X x Y x Z.
    """
    random = torch.Generator().manual_seed(0)
    axes = torch.meshgrid(*[torch.linspace(-1, 1, side) for side in size], indexing="ij")
    body = _ellipsoid(axes, (0.0, 0.0, 0.0), (0.9, 0.75, 1.4))
    volume = torch.where(body, 0.4, 0.0)
    for number in range(ORGANS):
        centre, radii = torch.rand(3, generator=random) * 1.4 - 0.7, torch.rand(3, generator=random) * 0.25 + 0.12
        organ = _ellipsoid(axes, centre.tolist(), radii.tolist()) & body
        volume[organ] = (number + 0.5) / ORGANS
    blurred = avg_pool3d(pad(volume[None, None], (1,) * 6, mode="replicate"), 3, 1)[0]
    noisy = blurred + NOISE * torch.randn((channels, *size), generator=random) * (blurred > 0)
    scaled = noisy.clamp_(0, 1)
    return scaled * 4 - 1 if isinstance(plan.intensity, ZScore) else scaled


def _ellipsoid(axes: Sequence[Tensor], centre: Sequence[float], radii: Sequence[float]) -> Tensor:
    terms = [((axis - middle) / radius) ** 2 for axis, middle, radius in zip(axes, centre, radii, strict=True)]
    return torch.stack(terms).sum(0) < 1


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
