"""Windows and their blending are MONAI's."""

from __future__ import annotations

import pytest
import torch
from monai.inferers import sliding_window_inference

from tomaat import SegmentationPlan
from tomaat.inference.sliding import slide
from tomaat.inference.windows import Windows

SHAPES = [(50, 35, 45), (15, 35, 45), (10, 10, 10), (33, 32, 100), (32, 32, 32), (100, 32, 33), (65, 16, 35)]


@pytest.fixture(scope="module")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return torch.nn.Conv3d(2, 3, 5, padding=2).requires_grad_(False)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("blend", ["constant", "gaussian"])
@pytest.mark.parametrize("overlap", [0.0, 0.25, 0.6])
def test_as_monai(network: torch.nn.Module, shape: tuple[int, int, int], blend: str, overlap: float) -> None:
    plan = SegmentationPlan(window=(32, 32, 32), blend=blend, overlap=overlap)  # type: ignore[arg-type]
    volume = torch.randn((2, *shape), generator=torch.Generator().manual_seed(1))
    windows = Windows.over(shape, plan)
    seen: list[tuple[int, int]] = []
    slabs = slide(volume, lambda window: network(window[None])[0], plan, windows, lambda *step: seen.append(step))
    ours = torch.cat([slab.clone() for slab in slabs], windows.along + 1)
    theirs = sliding_window_inference(volume[None], (32, 32, 32), 4, network, overlap, mode=blend)[0]
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 1e-5
    assert seen == [(number, len(windows)) for number in range(1, len(windows) + 1)]


def test_what_lies_behind_the_window_is_given_out_at_once(network: torch.nn.Module) -> None:
    plan = SegmentationPlan(window=(32, 32, 32))
    windows = Windows.over((33, 32, 320), plan)
    assert windows.along == 2
    looked = 0

    def told(number: int, of: int) -> None:
        nonlocal looked
        looked = number

    volume = torch.zeros((2, 33, 32, 320))
    slabs = slide(volume, lambda window: network(window[None])[0], plan, windows, told)
    first = next(slabs)
    assert looked == 2  # of the windows side by side at the first place along z
    assert first.shape == (3, 33, 32, 24)


def test_one_pass_over_the_whole_volume(network: torch.nn.Module) -> None:
    volume = torch.randn((2, 19, 32, 45), generator=torch.Generator().manual_seed(1))
    sizes = []

    def look(window: torch.Tensor) -> torch.Tensor:
        sizes.append(tuple(window.shape))
        result: torch.Tensor = network(window[None])[0]
        return result

    plan = SegmentationPlan(window=(48, 32, 16), whole_volume=True)
    windows = Windows.over(volume.shape[1:], plan)
    found = next(slide(volume, look, plan, windows, lambda number, of: None))
    assert sizes == [(2, 32, 32, 48)]
    assert torch.allclose(found, network(volume[None])[0], atol=1e-5)
