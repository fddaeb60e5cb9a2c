"""Where windows are blended and labels restored: with the network, unless that is on a GPU with little memory left."""

from __future__ import annotations

import math

import torch

from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.restoring import GPU_ROOM
from tomaat.inference.windows import Windows

FLOAT = 4
"""Bytes of a float32."""
PART = 2
"""What is needed, times this, must be left: the network's own passes come on top."""


def blending_device(device: str, windows: Windows, channels: int, plan: SegmentationPlan, limit: int) -> torch.device:
    """The device to blend on.

    :param device: the network's.
    :param channels: of the volume.
    :param limit: bytes that this process may have of a GPU; 0: all that there is.
    """
    if device == "cpu" or PART * _needed(windows, channels, plan) > gpu_left(device, limit):
        return torch.device("cpu")
    return torch.device(device)


def gpu_left(device: str, limit: int = 0) -> int:
    """Bytes of a GPU that this process may still take, with what torch keeps for it; ``limit`` as above."""
    used, kept = torch.cuda.memory_allocated(device), torch.cuda.memory_reserved(device)
    left = int(torch.cuda.mem_get_info(device)[0]) + kept - used
    return min(left, max(limit - used, 0)) if limit else left


def _needed(windows: Windows, channels: int, plan: SegmentationPlan) -> int:
    """The volume, padded; what is open and a slab of it; the weights; and what restoring holds."""
    volume = math.prod(windows.padded)
    scores = 1 if plan.classes <= 2 else plan.classes
    held = math.prod(windows.size[n] if n == windows.along else side for n, side in enumerate(windows.padded))
    weights = 0 if plan.blend == "constant" else volume
    return FLOAT * (2 * channels * volume + 3 * scores * held + weights) + 3 * GPU_ROOM
