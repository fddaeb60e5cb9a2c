"""A faster arithmetic is used where it gives the same labels, and only there."""

from __future__ import annotations

import pytest
import torch

from networks import Branching, Bright, Cancelling, Loaded, small_unet
from tomaat import IntensityRange, SegmentationPlan
from tomaat.inference.choosing import Choice, choose, fast_arithmetic
from tomaat.inference.probe import Probe, compare, labels_of, probe_volume
from tomaat.weights.network import Array, Network

PLAN = SegmentationPlan(window=(32, 32, 32), intensity=IntensityRange(0, 1))
FAST, LACKING = fast_arithmetic("cpu")


def chosen(module: torch.nn.Module, plan: SegmentationPlan = PLAN) -> Choice:
    network = Loaded(module)
    return choose(network, plan, Probe.of(network, probe_volume(plan, 1, plan.window)))


def settled(choice: Choice, window: torch.Tensor) -> Choice:
    choice.settle(window, labels_of(choice.run(window)))
    return choice


def test_the_probe_is_always_the_same_and_within_the_plan_s_intensities() -> None:
    probe = probe_volume(PLAN, 2, PLAN.window)
    assert probe.shape == (2, 32, 32, 32)
    assert torch.equal(probe, probe_volume(PLAN, 2, PLAN.window))
    assert 0 <= probe.min() < 0.1
    assert 0.9 < probe.max() <= 1


def test_the_processor_s_own_arithmetic() -> None:
    capable = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    assert ("bf16" if capable else "") == FAST
    assert bool(LACKING) != bool(FAST)


def test_the_same_labels_are_taken_fast() -> None:
    network = Loaded(Bright())
    choice = choose(network, PLAN, Probe.of(network, (probe_volume(PLAN, 1, PLAN.window) > 0.5).float()))
    assert choice.run.arithmetic == (FAST or "fp32")
    assert (FAST or "this processor") in choice.why
    assert choice.faster is None


def test_other_labels_are_never_taken() -> None:
    choice = chosen(Cancelling())
    assert choice.run.arithmetic == "fp32"
    window = probe_volume(PLAN, 1, (32, 32, 32)) + 0.01
    settled(choice, window)
    assert choice.run.arithmetic == "fp32"
    assert choice.faster is None
    assert "gives other labels" in choice.why if FAST else "no arithmetic" in choice.why


def test_a_probe_of_one_label_proves_nothing_and_a_real_image_decides() -> None:
    choice = chosen(Bright(level=3))  # nothing between 0 and 1 is as bright
    assert choice.run.arithmetic == "fp32"
    dull = torch.rand((1, 32, 32, 32), generator=torch.Generator().manual_seed(0))
    assert settled(choice, dull).run.arithmetic == "fp32"
    assert (choice.faster is not None) == bool(FAST)  # still open
    half = dull.clone()
    half[:, 16:] += 5
    assert settled(choice, half).run.arithmetic == (FAST or "fp32")
    assert choice.faster is None


def test_without_intensities_in_the_plan_the_probe_proves_nothing() -> None:
    choice = chosen(Bright(), SegmentationPlan(window=(32, 32, 32)))
    assert choice.run.arithmetic == "fp32"
    assert (choice.faster is not None) == bool(FAST)


def test_an_app_may_insist_on_fp32() -> None:
    choice = chosen(Bright(), SegmentationPlan(window=(32, 32, 32), intensity=IntensityRange(0, 1), arithmetic="fp32"))
    assert (choice.run.arithmetic, choice.faster) == ("fp32", None)
    assert choice.why == "the app or the settings insist on fp32"


def test_a_network_that_can_t_be_traced_is_run_all_the_same() -> None:
    choice = chosen(Branching())
    probe = probe_volume(PLAN, 1, PLAN.window)
    assert compare(labels_of(choice.run(probe)), labels_of(Branching()(probe[None])[0].detach())).agreement > 0.999


def test_a_network_that_only_knows_fp32() -> None:
    class Strict(Bright):
        def forward(self, volume: torch.Tensor) -> torch.Tensor:
            if volume.dtype != torch.float32:
                raise TypeError("float32 only")
            return super().forward(volume)

    choice = chosen(Strict())
    assert choice.run.arithmetic == "fp32"
    assert choice.faster is None


def test_a_network_that_is_no_torch_module_runs_as_it_is() -> None:
    class Threshold(Network):
        def __call__(self, batch: Array) -> Array:
            found: Array = batch - 0.5
            return found

    probe = probe_volume(PLAN, 1, PLAN.window)
    choice = choose(Threshold("cpu"), PLAN, Probe.of(Threshold("cpu"), probe))
    assert choice.why == "the network brings its own arithmetic"
    assert torch.equal(choice.run(probe), probe - 0.5)


def test_torchscript_is_frozen_and_may_be_faster_too() -> None:
    scripted = torch.jit.trace(small_unet(), torch.zeros((1, 1, 32, 32, 32)))
    probe = probe_volume(PLAN, 1, PLAN.window)
    choice = choose(Loaded(scripted), PLAN, Probe.of(Loaded(scripted), probe))
    assert (choice.run(probe) - small_unet()(probe[None])[0]).abs().max() < 0.1


@pytest.mark.parametrize(
    ("one", "other", "same", "telling"),
    [
        ([0] * 5000 + [1] * 5000, [0] * 5000 + [1] * 5000, True, True),
        ([0] * 10000, [0] * 10000, True, False),
        ([0] * 5000 + [1] * 5000, [0] * 5020 + [1] * 4980, False, True),  # too many voxels
        ([0] * 99_000 + [1] * 1000, [0] * 99_060 + [1] * 940, False, True),  # few voxels, but much of a small label
    ],
)
def test_what_counts_as_the_same(one: list[int], other: list[int], same: bool, telling: bool) -> None:
    found = compare(torch.tensor(one), torch.tensor(other))
    assert (found.same, found.telling) == (same, telling)
