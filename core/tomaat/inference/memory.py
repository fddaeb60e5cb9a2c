"""How much memory a job will take, and how much there is: a job that does not fit is refused before it starts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import SimpleITK as sitk

from tomaat.allocator import kept
from tomaat.errors import TooLarge
from tomaat.inference.frame import Frame
from tomaat.inference.plan import SegmentationPlan
from tomaat.inference.preparation import SLAB
from tomaat.inference.restoring import ROOM
from tomaat.inference.windows import Windows
from tomaat.memory import GIB, forget_peak, machine_left, peak, resident

FLOAT = 4
"""Bytes of a float32."""


class Growth:
    """Bytes that this process needed at its peak, over what it had at first. What the allocator kept from before and
    uses again is not seen: measure the largest thing first."""

    peak: int = 0


@contextmanager
def measured_growth() -> Iterator[Growth]:
    """Measure what runs inside; 0 where the system does not tell."""
    growth = Growth()
    forget_peak()
    before = resident()
    yield growth
    growth.peak = max(peak() - before, 0)


def needed(frame: Frame, channels: int, plan: SegmentationPlan, window: int) -> int:
    """The most bytes that a job needs at once, beside the image that was read and what the worker has already.

    :param window: what one pass of the network over one window needs.
    """
    image, seen = math.prod(frame.oriented), math.prod(frame.shape)
    slowest = frame.orientation.axes.index(2)  # the stored z
    between = frame.oriented[slowest] * math.prod(side for n, side in enumerate(frame.shape) if n != slowest)
    slab = SLAB * image // max(frame.oriented[slowest], 1)
    preparing = FLOAT * (channels * seen + 2 * between + 2 * slab)
    windows = Windows.over(frame.shape, plan)
    scores = 1 if plan.classes <= 2 else plan.classes
    held = math.prod(windows.size[n] if n == windows.along else side for n, side in enumerate(windows.padded))
    answer = FLOAT * (channels * seen + held * (2 * scores + 1))
    looking, restoring = answer + window, answer + image + 4 * ROOM
    return max(preparing, looking, restoring)


def available(limit: int) -> int:
    """Bytes that this process may still take: what the machine and its control group have left, and what the allocator
    keeps; ``limit`` (0: none) less what it has already, if that is less."""
    free = machine_left()
    if limit:
        free = min(free, max(limit - resident(), 0))
    return free + kept()


def require_room(images: Sequence[sitk.Image], frame: Frame, plan: SegmentationPlan, window: int, limit: int) -> int:
    """The bytes that the job needs. Raises :class:`TooLarge` where they are not there."""
    wanted, there = needed(frame, len(images), plan, window), available(limit)
    if wanted > there:
        size = " x ".join(map(str, frame.shape))
        raise TooLarge(
            f"This image needs about {wanted / GIB:.1f} GiB of memory here ({size} voxels for the network, "
            f"{plan.classes} classes), and {there / GIB:.1f} GiB are free. Send a smaller part of it, or try again "
            "when less runs on this host.",
            field="image",
        )
    return wanted
