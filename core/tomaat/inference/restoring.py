"""From what the network says on its grid to labels on the image's own.

Classes are interpolated, not labels, so that borders are as smooth as the network drew them; but slab by slab, only
where the network has looked, a few classes at a time with the best so far kept. What MONAI's ``Invertd`` (linear) and
an argmax give, without ever holding all classes on the image's grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import SimpleITK as sitk
import torch
from torch import Tensor

from tomaat.inference.frame import Frame
from tomaat.inference.interpolation import Samples, interpolate
from tomaat.inference.preparation import Box

ROOM = 2**26
"""Bytes of interpolated classes that are held at once."""
GPU_ROOM = 2**29
"""The same on a GPU, which has little to do with less."""


@dataclass
class Labels:
    """The label map of one image, filled while slabs of the network's answer come in.

    :param box: the frame's voxels that the network looks at.
    :param along: the network's axis that the slabs follow each other along.
    :param scores: the classes of a slab: with one, what is above 0 is label 1; with more, the largest wins, the lower
        one of equals.
    """

    frame: Frame
    box: Box
    along: int
    scores: int
    _stored: Tensor = field(init=False)
    _held: Tensor | None = field(init=False, default=None)
    _begun: int = field(init=False, default=0)

    def __post_init__(self) -> None:

        x, y, z = self.frame.grid.size
        self._stored = torch.zeros((z, y, x), dtype=torch.uint8 if self.scores <= 256 else torch.uint16)
        self._samples = [self.frame.to_image(axis, self.box[axis]) for axis in range(3)]
        self._touched = [samples.touched() for samples in self._samples]

    def take(self, slab: Tensor) -> None:
        """Take the next slab of the answer: scores x X x Y x Z, as long as it may be along ``along``, else the box."""

        held = slab if self._held is None else torch.cat([self._held, slab], self.along + 1)
        begin = self._begun
        end = begin + held.shape[self.along + 1]
        side = self.box[self.along]
        known = range(side.start + begin, side.start + end)
        self._write(held, self._ready(known), known)
        # What lies between this slab and the next needs the last of this one
        last = held.narrow(self.along + 1, held.shape[self.along + 1] - 1, 1)
        self._held, self._begun = last.clone(), end - 1

    def image(self) -> sitk.Image:
        """The label map, on exactly the image's grid; once all slabs are in."""
        image = sitk.GetImageFromArray(self._stored.numpy())
        self.frame.grid.stamp(image)
        return image

    def _ready(self, known: range) -> range:
        """The image's voxels along the slabs' axis that need nothing but the ``known`` ones of the network's."""
        samples, touched, side = self._samples[self.along], self._touched[self.along], self.box[self.along]
        upper = samples.lower + (samples.weight > 0)
        first, last = known.start == side.start, known.stop == side.stop
        fresh = ((upper > known.start) | first) & ((upper < known.stop) | last)
        rows = [row for row in np.flatnonzero(fresh) if row in touched]
        return range(int(rows[0]), int(rows[-1]) + 1) if rows else range(0)

    def _write(self, scores: Tensor, ready: range, known: range) -> None:
        """Interpolate to the image's grid: first within the slab, then from slice to slice, and label."""
        if not ready or not all(self._touched):
            return
        across = sorted((axis for axis in range(3) if axis != self.along), key=self._growth)
        chosen = {axis: self._samples[axis].part(self._touched[axis]) for axis in across}
        area = int(np.prod([len(samples) for samples in chosen.values()]))
        rows = max((GPU_ROOM if scores.is_cuda else ROOM) // (4 * area), 1)
        for start in range(ready.start, ready.stop, rows):
            part = range(start, min(start + rows, ready.stop))
            steps = self._samples[self.along].part(part).among(known)
            labels = self._labelled(scores, chosen, steps, rows)
            self._target(part).copy_(labels.to(self._stored.dtype).cpu() if labels.is_cuda else labels)

    def _labelled(self, scores: Tensor, across: dict[int, Samples], steps: Samples, rows: int) -> Tensor:
        """The labels of a few of the image's slices."""

        at_once = max(rows // max(len(steps), 1), 1)
        low = int(np.clip(steps.lower.min(), steps.known.start, steps.known.stop - 1))
        high = int(np.clip(steps.lower.max() + 1, low, steps.known.stop - 1))
        near = scores.narrow(self.along + 1, low - steps.known.start, high - low + 1)
        best: Tensor | None = None
        label: Tensor | None = None
        for first in range(0, len(scores), at_once):
            some = near[first : first + at_once]
            for axis, samples in across.items():
                some = interpolate(some, axis + 1, samples)
            some = interpolate(some, self.along + 1, steps.among(range(low, high + 1)))
            if len(scores) == 1:
                return some[0] > 0
            value, index = some.max(0)
            if best is None or label is None:
                best, label = value, index
            else:
                better = value > best
                label = torch.where(better, index + first, label)
                best = torch.where(better, value, best)
        assert label is not None
        return label

    def _target(self, rows: range) -> Tensor:
        """The part of the stored labels that these of the image's slices are, x, y, z as the network has them."""
        parts = list(self._touched)
        parts[self.along] = rows
        oriented = self._stored.permute([2 - axis for axis in self.frame.orientation.axes])
        return oriented[tuple(slice(part.start, part.stop) for part in parts)]

    def _growth(self, axis: int) -> float:
        return len(self._touched[axis]) / max(len(self.box[axis]), 1)
