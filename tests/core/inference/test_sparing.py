"""The smaller plan: what a GPU has no memory for, the processor looks at."""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch
from torch import Tensor

from networks import Bright, Loaded
from scans import scan
from tomaat import IntensityRange, SegmentationPlan
from tomaat.context import Context
from tomaat.inference.engine import Engine
from tomaat.inference.running import Run
from tomaat.inference.sparing import SparingRun

PLAN = SegmentationPlan(window=(16, 16, 16), spacing=(1.5, 1.5, 2.0), intensity=IntensityRange(-57, 164))
STANDS_FOR_A_GPU = "cpu:0"
"""torch takes it for the processor, and we for another device."""


class Short(Bright):
    """Has memory for so many windows."""

    def __init__(self, windows: int) -> None:
        super().__init__()
        self.left = windows
        self.device = STANDS_FOR_A_GPU

    def forward(self, volume: Tensor) -> Tensor:
        if self.device == STANDS_FOR_A_GPU:
            if not self.left:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
            self.left -= 1
        return super().forward(volume)

    def to(self, device: torch.device) -> Short:  # type: ignore[override]
        self.device = str(device)
        return self


def labels(engine: Engine, *, frugal: bool) -> tuple[sitk.Image, dict[str, object]]:
    within = Context(device="cpu", scratch=Path("unused"), log=logging.getLogger("test"), frugal=frugal)
    found = engine.segment(engine.prepare([scan("plain")], within), within)
    return found, within.provenance["inference"]


@pytest.mark.parametrize("windows", [0, 1, 100])
def test_the_labels_are_the_same_wherever_the_windows_were_looked_at(windows: int) -> None:
    expected, _ = labels(Engine(Loaded(Bright()), PLAN, 1), frugal=False)
    network = Loaded(Short(windows), STANDS_FOR_A_GPU)
    found, said = labels(Engine(network, PLAN, 1, tried=False), frugal=True)
    assert np.array_equal(sitk.GetArrayViewFromImage(found), sitk.GetArrayViewFromImage(expected))
    assert said["plan"] == "smaller"
    assert said["blended"] == "cpu"
    assert said["windows_on_the_processor"] == max(int(str(said["windows"])) - windows, 0)
    assert network.device == STANDS_FOR_A_GPU, "the next job has the GPU again"


def test_another_error_is_not_taken_for_too_little_memory() -> None:
    def fail(batch: Tensor) -> Tensor:
        raise RuntimeError("shapes do not match")

    network = Loaded(Bright(), STANDS_FOR_A_GPU)
    with SparingRun(Run(fail, module=network.module), network) as run, pytest.raises(RuntimeError, match="shapes"):
        run(torch.zeros(1, 16, 16, 16))
