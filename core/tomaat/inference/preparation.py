"""From an image to what the network sees: orientation, spacing, intensity and crop, each done once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
import torch
from torch import Tensor

from tomaat.image import Grid, to_grid
from tomaat.inference.frame import Frame
from tomaat.inference.interpolation import interpolate
from tomaat.inference.plan import IntensityRange, SegmentationPlan, ZScore

SLAB = 16
"""Slices that are turned to float32 at once: an image as a whole would take twice or four times its size."""

Box = tuple[range, range, range]


@dataclass(frozen=True)
class Prepared:
    """What the network sees of an image.

    :ivar volume: float32, channels x X x Y x Z, on the CPU: the box of the frame.
    :ivar box: the frame's voxels that are looked at; all, unless the plan crops.
    """

    volume: Tensor
    frame: Frame
    box: Box


def prepare(images: Sequence[sitk.Image], plan: SegmentationPlan) -> Prepared:
    """Bring images to the plan's orientation, spacing and intensities, and crop them to the foreground.

    :param images: one for each of the network's channels; all are brought to the first one's grid.

    Does what MONAI's ``Orientation``, ``Spacing`` (bilinear, borders go on), ``ScaleIntensityRange`` and
    ``CropForeground`` do one after the other.
    """
    frame = Frame.of(Grid.of(images[0]), plan)
    channels = [_channel(image, frame, plan) for image in images]
    box = _foreground(channels) if plan.crop_foreground else _whole(frame)
    x, y, z = (slice(side.start, side.stop) for side in box)
    volume = torch.empty((len(channels), *map(len, box)))
    for number, channel in enumerate(channels):
        volume[number] = channel[x, y, z]
    return Prepared(volume, frame, box)


def _channel(image: sitk.Image, frame: Frame, plan: SegmentationPlan) -> Tensor:
    """One image in the frame, x, y, z, with the plan's intensities."""
    if not Grid.of(image).matches(frame.grid):
        image = to_grid(image, frame.grid)
    volume = _resampled(image, frame)
    match plan.intensity:
        case IntensityRange(low, high):
            volume.sub_(low).div_(high - low).clamp_(0, 1)
        case ZScore(mean, deviation, clip):
            if clip is not None:
                volume.clamp_(*clip)
            volume.sub_(volume.mean() if mean is None else mean)
            volume.div_(max(float(volume.std()), 1e-8) if deviation is None else deviation)
    return volume


def _resampled(image: sitk.Image, frame: Frame) -> Tensor:
    """The image's voxels at the frame's, x, y, z. They stay in the order that they are stored in until all is small."""
    stored = sitk.GetArrayViewFromImage(image)  # z, y, x: stored axis 2 - n is axis n of the array
    along = {2 - frame.orientation.axes[axis]: frame.to_network(axis) for axis in range(3)}
    slabs = []
    for start in range(0, stored.shape[0], SLAB):
        slab = torch.from_numpy(np.array(stored[start : start + SLAB], np.float32)).nan_to_num_()
        for array_axis in sorted((1, 2), key=lambda axis: len(along[axis]) / stored.shape[axis]):
            slab = interpolate(slab, array_axis, along[array_axis])
        slabs.append(slab)
    volume = interpolate(torch.cat(slabs), 0, along[0])
    return volume.permute([2 - axis for axis in frame.orientation.axes])


def _foreground(channels: Sequence[Tensor]) -> Box:
    """The bounding box of what is above 0 in any channel; everything where nothing is."""
    sides = []
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        bright = torch.stack([channel.amax(others) > 0 for channel in channels]).any(0).nonzero()
        sides.append(range(int(bright[0]), int(bright[-1]) + 1) if len(bright) else range(channels[0].shape[axis]))
    return sides[0], sides[1], sides[2]


def _whole(frame: Frame) -> Box:
    x, y, z = frame.shape
    return range(x), range(y), range(z)
