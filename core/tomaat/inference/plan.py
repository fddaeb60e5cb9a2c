"""How a network over volumes was trained, and so how it must be used: data alone, which loads no library."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal

from tomaat.errors import InvalidInterface

Triple = tuple[float, float, float]


@dataclass(frozen=True)
class IntensityRange:
    """``low`` to ``high`` becomes 0 to 1, as MONAI's ``ScaleIntensityRange`` with ``clip=True`` does it: usual for CT,
    in Hounsfield units."""

    low: float
    high: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise InvalidInterface(f"An intensity range must grow: {self.low:g} to {self.high:g} does not.")


@dataclass(frozen=True)
class ZScore:
    """Less the mean, by the standard deviation: of the whole resampled image where none are given, as is usual for MRI.

    :param clip: the intensities that the image is cut to before.
    """

    mean: float | None = None
    deviation: float | None = None
    clip: tuple[float, float] | None = None


@dataclass(frozen=True)
class SegmentationPlan:
    """All that turns a network into a segmentation of a volume.

    :param window: voxels along x, y, z of what the network sees at once.
    :param orientation: the axes' directions that it was trained on, as nibabel codes them: x, y, z grow to these.
    :param spacing: millimetres between the resampled voxels, along x, y, z; the image's own when ``None``.
    :param intensity: what becomes of the intensities; nothing when ``None``.
    :param crop_foreground: whether only the bounding box of what is brighter than 0, after ``intensity``, is looked at.
    :param overlap: of neighbouring windows, as a fraction of a window.
    :param blend: how windows are weighed where they overlap: all alike, or less towards their borders.
    :param whole_volume: whether one pass over the whole volume may stand for windows. It is another answer: windows see
        zeros beyond their borders; say so only if the network was validated that way.
    :param classes: channels that the network gives. With one, what is above 0 is label 1; with more, the largest wins.
    :param arithmetic: ``auto`` takes the fastest that gives the same labels on a probe; ``fp32`` insists.
    """

    window: tuple[int, int, int]
    orientation: str = "RAS"
    spacing: Triple | None = None
    intensity: IntensityRange | ZScore | None = None
    crop_foreground: bool = False
    overlap: float = 0.25
    blend: Literal["constant", "gaussian"] = "constant"
    whole_volume: bool = False
    classes: int = 2
    arithmetic: Literal["auto", "fp32"] = "auto"

    def __post_init__(self) -> None:
        if len(self.window) != 3 or not all(isinstance(side, int) and side > 0 for side in self.window):
            raise InvalidInterface(f"A window is three numbers of voxels, such as (96, 96, 96), not {self.window!r}.")
        if not is_orientation(self.orientation):
            raise InvalidInterface(f"An orientation is a code such as RAS or LPS, not {self.orientation!r}.")
        if self.spacing is not None and not (
            len(self.spacing) == 3 and all(math.isfinite(side) and side > 0 for side in self.spacing)
        ):
            raise InvalidInterface(f"A spacing is three lengths in millimetres, not {self.spacing!r}.")
        if not 0 <= self.overlap < 1:
            raise InvalidInterface(f"The overlap of windows is from 0 to below 1, not {self.overlap!r}.")
        if self.classes < 1:
            raise InvalidInterface("A network gives at least one class.")


def is_orientation(code: str) -> bool:
    """Whether ``code`` names one direction for each of three axes: ``RAS``, ``PIR``, ..."""
    return bool(re.fullmatch("[RLAPIS]{3}", code)) and {frozenset("RL"), frozenset("AP"), frozenset("IS")} == {
        next(pair for pair in (frozenset("RL"), frozenset("AP"), frozenset("IS")) if letter in pair) for letter in code
    }
