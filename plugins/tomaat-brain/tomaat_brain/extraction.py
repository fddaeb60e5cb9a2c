"""From a T1 image to its brain: the steps of deepbet 1.0.2, ``BrainExtraction.run_model`` and ``postprocess``.

Fisch et al. 2024, deepbet: Fast brain extraction of T1-weighted MRI using Convolutional Neural Networks,
doi:10.1016/j.compbiomed.2024.108845. Every number here is theirs, and so is the arithmetic, in float32 and in their
order: the same image gives the same mask.

A volume is a float32 tensor, x, y, z to right, anterior, superior.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from tomaat import InvalidInput
from tomaat.components import largest_component
from tomaat_brain.morphology import dilate, fill_holes
from tomaat_brain.networks import Networks

if TYPE_CHECKING:
    from torch import Tensor

COARSE_SIZE, FINE_SIZE = 128, 256
DARK, BRIGHT = 0.005, 0.995
"""The quantiles that become 0 and 1."""
MARGIN = 0.1
"""How far the box reaches past the head on each side, as a fraction of the head's size."""
FOREGROUND = 0.02
"""The fraction of a slice's voxels that makes it a slice of the head."""

Box = tuple[slice, slice, slice]


@dataclass(frozen=True)
class Head:
    """Where the head is, and the intensities that are dark and bright in the whole image."""

    box: Box
    dark: Tensor
    bright: Tensor


def no_head() -> InvalidInput:
    """What an image without a head is refused with."""
    return InvalidInput(
        "Expected a T1-weighted MRI that shows a whole adult head or brain: none was found in it.", field="image"
    )


def find_head(volume: Tensor, networks: Networks) -> Head:
    """The box of the head, by the coarse network. Raises :class:`InvalidInput` where there is none."""
    import torch

    small = resize(volume, (COARSE_SIZE,) * 3)
    dark, bright = small.quantile(torch.tensor([DARK, BRIGHT], device=small.device))
    if not bright > dark:
        raise no_head()
    probability = networks.coarse(normalise(small, dark, bright)[None, None])[0, 1]
    mask = (probability > 0.5).cpu().numpy()
    if not mask.any():
        raise no_head()
    return Head(box_around(torch.from_numpy(largest_component(mask)), tuple(volume.shape)), dark, bright)


def brain_probability(volume: Tensor, head: Head, networks: Networks) -> Tensor:
    """The probability of brain in the head's box, :data:`FINE_SIZE` cubed, by the fine network."""
    boxed = resize(volume[head.box], (FINE_SIZE,) * 3)
    probability: Tensor = networks.fine(normalise(boxed, head.dark, head.bright)[None, None])[0, 1]
    return probability


def brain_mask(probability: Tensor, box: Box, shape: tuple[int, ...], threshold: float, dilation: int) -> Tensor:
    """The brain as one piece without holes: a bool tensor of ``shape``, on the CPU.

    :param probability: what :func:`brain_probability` found in ``box``.
    :param dilation: voxels to grow by, after all else; below 0, to shrink by.

    Raises :class:`InvalidInput` where no voxel is more probable than ``threshold``.
    """
    import torch

    boxed = tuple(part.stop - part.start for part in box)
    brain = resize((probability > threshold).byte(), boxed).bool().cpu().numpy()
    if not brain.any():
        raise InvalidInput(
            f"Expected a T1-weighted MRI of an adult brain: nothing in it is brain with a probability above "
            f"{threshold:g}.",
            field="image",
        )
    mask = np.zeros(shape, bool)
    mask[box] = fill_holes(largest_component(brain))
    return torch.from_numpy(dilate(mask, dilation))


def resize(volume: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The volume at another number of voxels, each the nearest one of the old. Always a copy."""
    from torch.nn.functional import interpolate

    return interpolate(volume[None, None], shape, mode="nearest-exact")[0, 0]


def normalise(volume: Tensor, dark: Tensor, bright: Tensor) -> Tensor:
    """The volume, in place, cut to dark and bright, then with mean 0.449 and standard deviation 0.226."""
    volume.sub_(dark).div_(bright - dark).clamp_(0, 1)
    mean, deviation = volume.mean(), volume.std()
    return volume.sub_(mean).div_(deviation).mul_(0.226).add_(0.449)


def box_around(mask: Tensor, shape: tuple[int, ...]) -> Box:
    """The box, in a volume of ``shape``, of a coarse mask of the same field of view, and a margin around it.

    Raises :class:`InvalidInput` where no slice holds enough of the mask, or the box is empty.
    """
    import torch

    profiles = [mask.float().mean(axes) for axes in ((1, 2), (0, 2), (0, 1))]
    slices = [torch.where(profile > FOREGROUND)[0] for profile in profiles]
    if not all(len(found) for found in slices):
        raise no_head()
    scale = torch.tensor(shape) / torch.tensor(mask.shape)
    centre = scale * torch.tensor([(found.max() + 1 + found.min()) / 2 for found in slices])
    size = scale * torch.tensor([found.max() + 1 - found.min() for found in slices])
    size = (1 + 2 * torch.full((3,), MARGIN)) * size
    centre, size = centre.round(), size.round()
    lower = [max(0, int(c - s / 2)) for c, s in zip(centre, size, strict=True)]
    upper = [min(n, int(c + s / 2)) for c, s, n in zip(centre, size, shape, strict=True)]
    if any(start >= stop for start, stop in zip(lower, upper, strict=True)):
        raise no_head()
    x, y, z = (slice(start, stop) for start, stop in zip(lower, upper, strict=True))
    return x, y, z
