"""From an image to labels on its own grid, with any network."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
import torch

from networks import Bright, Cancelling, Loaded, small_unet
from scans import scan
from tomaat import IntensityRange, JobCancelled, SegmentationPlan
from tomaat.context import Context
from tomaat.errors import TooLarge
from tomaat.image import Grid
from tomaat.inference.choosing import fast_arithmetic
from tomaat.inference.engine import Engine
from tomaat.weights.network import Array, Network
from volumes import GRIDS

PLAN = SegmentationPlan(
    window=(16, 16, 16), spacing=(1.5, 1.5, 2.0), intensity=IntensityRange(-57, 164), crop_foreground=True
)


def context(**options: object) -> Context:
    return Context(device="cpu", scratch=Path("unused"), log=logging.getLogger("test"), **options)  # type: ignore[arg-type]


def segment(engine: Engine, *images: sitk.Image, within: Context | None = None) -> sitk.Image:
    within = within or context()
    return engine.segment(engine.prepare(images, within), within)


@pytest.mark.parametrize("name", GRIDS)
def test_labels_lie_where_the_image_is_bright(name: str) -> None:
    image = scan(name)
    labels = segment(Engine(Loaded(Bright()), PLAN, 1), image)
    assert Grid.of(labels) == Grid.of(image)
    # The network's level of 0.5 in the middle of the range, in Hounsfield units, away from the borders between
    smooth = sitk.GetArrayFromImage(sitk.DiscreteGaussian(sitk.Cast(image, sitk.sitkFloat32), 2.0))
    found = sitk.GetArrayFromImage(labels) > 0
    clear = np.abs(smooth - 53.5) > 60
    assert (found == (smooth > 53.5))[clear].mean() > 0.9
    assert 0.05 < found.mean() < 0.95 or name == "single slice"  # there the windows' zeros outshine it


def test_the_first_image_settles_what_the_probe_left_open() -> None:
    plan = SegmentationPlan(window=(32, 32, 32))  # no intensities: the probe's mean nothing
    engine = Engine(Loaded(Bright(level=50)), plan, 1)
    first, second = context(), context()
    one = segment(engine, scan("plain"), within=first)
    other = segment(engine, scan("plain"), within=second)
    fast = fast_arithmetic("cpu")[0] or "fp32"
    assert (first.provenance["arithmetic"], second.provenance["arithmetic"]) == ("fp32", fast)
    same = sitk.GetArrayFromImage(one) == sitk.GetArrayFromImage(other)
    assert same.mean() > 0.999


def test_a_network_that_needs_fp32_gets_it() -> None:
    within = context()
    segment(Engine(Loaded(Cancelling()), PLAN, 1), scan("plain"), within=within)
    assert within.provenance["arithmetic"] == "fp32"
    assert within.provenance["inference"]["why"]


def test_the_provenance_says_how_and_why() -> None:
    within = context()
    segment(Engine(Loaded(small_unet()), PLAN, 1), scan("plain"), within=within)
    said = within.provenance["inference"]
    assert said["window"] == [16, 16, 16]
    assert said["windows"] == 2 * 2 * 1
    assert said["batch"] == 1
    assert said["threads"] == torch.get_num_threads()
    assert said["memory"] > 10_000
    assert said["steps"]["folded batch norms"] == 9
    assert said["layout"] == "channels-last"
    assert {"network", "restore"} <= within.timings.keys()


def test_progress_tells_of_every_window() -> None:
    told: list[tuple[float, str]] = []
    segment(Engine(Loaded(Bright()), PLAN, 1), scan("plain"), within=context(report=lambda *step: told.append(step)))
    assert [message for _, message in told] == ["preparing the image", *(f"window {n} of 4" for n in (1, 2, 3, 4))]
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] < 1


def test_a_cancelled_job_stops_within_a_window() -> None:
    layers = 0

    def cancelled() -> bool:
        nonlocal layers
        layers += 1
        return layers > 5

    plan = SegmentationPlan(window=(96, 96, 96), intensity=IntensityRange(-57, 164))
    engine = Engine(Loaded(small_unet()), plan, 1)
    within = context(cancelled=cancelled)
    with pytest.raises(JobCancelled):
        segment(engine, scan("plain"), within=within)
    assert layers == 6  # one pass asks more often than that
    # and the network is as good as before
    assert Grid.of(segment(engine, scan("plain"))) == Grid.of(scan("plain"))


def test_torchscript_stops_between_its_operators() -> None:
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > 5

    plan = SegmentationPlan(window=(96, 96, 96), intensity=IntensityRange(-57, 164))
    scripted = torch.jit.trace(small_unet(), torch.zeros((1, 1, 96, 96, 96)))
    engine = Engine(Loaded(scripted), plan, 1)
    with pytest.raises(JobCancelled):
        segment(engine, scan("plain"), within=context(cancelled=cancelled))
    assert asked == 6


def test_a_network_outside_torch_is_told_to_stop() -> None:
    class Endless(Network):
        stopped = False

        def __call__(self, batch: Array) -> Array:
            for _ in range(2000 if began else 0):
                if self.stopped:
                    raise RuntimeError("terminated")
                time.sleep(0.005)
            return batch

        def stop(self) -> None:
            self.stopped = True

    began: list[float] = []
    plan = SegmentationPlan(window=(48, 48, 48), intensity=IntensityRange(-57, 164), classes=1)
    engine = Engine(Endless("cpu"), plan, 1)
    began.append(time.monotonic())
    with pytest.raises(JobCancelled):
        segment(engine, scan("plain"), within=context(cancelled=lambda: time.monotonic() - began[0] > 0.5))
    assert time.monotonic() - began[0] < 5  # the whole pass would take ten


def test_a_network_that_takes_its_own_window_alone() -> None:
    class Fixed(Bright):
        def forward(self, volume: torch.Tensor) -> torch.Tensor:
            if volume.shape[-1] != 112:
                raise ValueError("112 voxels, please")
            return super().forward(volume)

    plan = SegmentationPlan(window=(112, 112, 112), intensity=IntensityRange(-57, 164))
    labels = segment(Engine(Loaded(Fixed()), plan, 1), scan("plain"))
    assert Grid.of(labels) == Grid.of(scan("plain"))
    assert sitk.GetArrayFromImage(labels).any()


def test_one_pass_where_the_author_allows_it() -> None:
    plan = SegmentationPlan(window=(16, 16, 16), intensity=IntensityRange(-57, 164), whole_volume=True)
    within = context()
    labels = segment(Engine(Loaded(small_unet()), plan, 1), scan("oblique"), within=within)
    assert within.provenance["inference"]["windows"] == 1
    assert within.provenance["inference"]["window"] == [48, 48, 32]
    assert Grid.of(labels) == Grid.of(scan("oblique"))


def test_many_classes_and_channels() -> None:
    plan = SegmentationPlan(window=(16, 16, 16), spacing=(1.5, 1.5, 2.0), intensity=IntensityRange(-57, 164), classes=7)
    labels = segment(Engine(Loaded(small_unet(7, 2)), plan, 2), scan("swapped"), scan("oblique"))
    assert Grid.of(labels) == Grid.of(scan("swapped"))
    assert len(np.unique(sitk.GetArrayFromImage(labels))) > 2


def test_one_channel_is_a_score_above_0() -> None:
    network = torch.nn.Conv3d(1, 1, 1)
    network.weight.data.fill_(1)
    network.bias.data.fill_(-0.5)  # type: ignore[union-attr]
    plan = SegmentationPlan(window=(64, 64, 64), intensity=IntensityRange(0, 100), classes=1)
    image = scan("plain")
    labels = segment(Engine(Loaded(network), plan, 1), image)
    assert np.array_equal(sitk.GetArrayFromImage(labels), sitk.GetArrayFromImage(image) > 50)


def test_a_job_that_would_not_fit_is_refused_before_it_starts() -> None:
    plan = SegmentationPlan(window=(96, 96, 96), spacing=(0.05, 0.05, 0.05), intensity=IntensityRange(-57, 164))
    engine = Engine(Loaded(Bright()), plan, 1)
    begun = time.monotonic()
    refusal = r"needs about \d.\d GiB of memory here \(781 x 681 x 581 voxels .+, and 0.\d GiB are free"
    with pytest.raises(TooLarge, match=refusal):
        engine.prepare([scan("plain")], context(memory_limit=1))
    assert time.monotonic() - begun < 5


def test_what_is_needed_is_known_and_kept() -> None:
    """The estimate is an upper bound of what the process really takes."""
    from tomaat.inference.memory import measured_growth

    plan = SegmentationPlan(window=(64, 64, 64), spacing=(0.3, 0.3, 0.3), intensity=IntensityRange(-57, 164), classes=5)
    engine = Engine(Loaded(small_unet(5)), plan, 1)
    within = context()
    with measured_growth() as growth:
        segment(engine, scan("plain"), within=within)
    assert 0 < growth.peak < within.provenance["inference"]["memory"]


def test_one_pass_needs_room_for_all_of_the_volume() -> None:
    from tomaat.inference.frame import Frame
    from tomaat.inference.memory import needed

    windows = SegmentationPlan(window=(16, 16, 16), classes=9)
    whole = SegmentationPlan(window=(16, 16, 16), classes=9, whole_volume=True)
    image = sitk.Image((400, 400, 400), sitk.sitkUInt8)
    frame = Frame.of(Grid.of(image), windows)
    assert needed(frame, 1, whole, 0) >= 4 * 9 * 400**3
    assert needed(frame, 1, whole, 0) > 4 * needed(frame, 1, windows, 0)
