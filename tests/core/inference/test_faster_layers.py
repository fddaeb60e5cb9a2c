"""Folded, fused and packed layers give what the network gave before."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from networks import Branching, Loaded, small_unet
from tomaat.inference.folding import fold_batch_norms
from tomaat.inference.fusing import fuse_activations
from tomaat.inference.layers import trace
from tomaat.inference.packing import pack_few_channels, packed_convolution, unpack
from tomaat.inference.running import CHANNELS_LAST, CONTIGUOUS, Way, optimised


def volume(channels: int = 1, side: int = 32) -> torch.Tensor:
    return torch.rand((channels, side, side, side), generator=torch.Generator().manual_seed(3))


@pytest.mark.parametrize(
    "way",
    [
        Way(CONTIGUOUS),
        Way(CHANNELS_LAST),
        Way(CHANNELS_LAST, fused=True),
        Way(CHANNELS_LAST, packed=True),
        Way(CHANNELS_LAST, fused=True, packed=True),
    ],
)
def test_every_way_gives_the_same_scores(way: Way) -> None:
    network = small_unet()
    run = optimised(Loaded(network), "fp32", way)
    assert (run(volume()) - network(volume()[None])[0]).abs().max() < 1e-5
    assert run.steps["folded batch norms"] == 9
    assert bool(run.steps.get("packed layers")) == way.packed
    assert bool(run.steps.get("fused activations")) == way.fused


def test_the_loaded_network_stays_as_it_is() -> None:
    network = small_unet()
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    optimised(Loaded(network), "bf16", Way(CHANNELS_LAST, fused=True, packed=True))
    after = network.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_a_network_that_can_t_be_traced_runs_unfolded() -> None:
    run = optimised(Loaded(Branching()), "fp32", Way(CHANNELS_LAST, fused=True, packed=True))
    assert run.steps == {}
    assert torch.allclose(run(volume()), Branching()(volume()[None])[0])


def test_a_batch_norm_is_folded_only_into_a_convolution_that_nothing_else_uses() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.norm = nn.Conv3d(1, 2, 3), nn.BatchNorm3d(2)

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            found = self.convolution(given)
            normed: torch.Tensor = self.norm(found) + found
            return normed

    module = Twice().eval()
    traced = trace(module)
    assert traced
    assert fold_batch_norms(traced) == 0
    assert torch.equal(traced(volume()[None]), module(volume()[None]))


def test_an_activation_is_fused_only_with_its_own_convolution() -> None:
    class Shared(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.convolution, self.activation = nn.Conv3d(1, 2, 3), nn.PReLU()

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            found = self.convolution(given)
            both: torch.Tensor = self.activation(found) + found
            return both

    traced = trace(Shared().eval())
    assert traced
    assert fuse_activations(traced) == 0


@pytest.mark.parametrize(
    "layer",
    [
        nn.Conv3d(2, 3, 3, padding=1),
        nn.Conv3d(3, 2, 1, bias=False),
        nn.ConvTranspose3d(5, 2, 3, 2, 1, 1),
        nn.ConvTranspose3d(5, 3, 2, 2, bias=False),
    ],
)
def test_a_packed_convolution_is_the_same_one(layer: nn.Conv3d | nn.ConvTranspose3d) -> None:
    layer.requires_grad_(False)
    given = torch.randn((2, layer.in_channels, 8, 6, 10), generator=torch.Generator().manual_seed(1))
    expected = layer(given)
    if isinstance(layer, nn.Conv3d):
        cubes = given.reshape(2, layer.in_channels, 4, 2, 3, 2, 5, 2).permute(0, 3, 5, 7, 1, 2, 4, 6)
        given = cubes.reshape(2, 8 * layer.in_channels, 4, 3, 5)
    assert (unpack(packed_convolution(layer)(given)) - expected).abs().max() < 1e-5


@pytest.mark.parametrize(
    "last",
    [
        nn.Sequential(nn.Conv3d(16, 2, 1)),  # many channels in
        nn.Sequential(nn.ConvTranspose3d(16, 2, 4, 2, 1), nn.Conv3d(2, 2, 3, padding=1)),  # another kernel
        nn.Sequential(nn.ConvTranspose3d(16, 2, 2, 2), nn.Conv3d(2, 2, 3, padding=2, dilation=2)),
        nn.Sequential(nn.ConvTranspose3d(16, 2, 2, 2), nn.PReLU(2), nn.Conv3d(2, 2, 3, padding=1)),
        nn.Sequential(nn.ConvTranspose3d(16, 2, 2, 2), nn.Softmax(1)),
    ],
)
def test_what_can_t_be_packed_is_left_alone(last: nn.Sequential) -> None:
    module = nn.Sequential(nn.Conv3d(1, 16, 3, 2, 1), *last).eval().requires_grad_(False)
    traced = trace(module)
    assert traced
    assert pack_few_channels(traced) == 0
    assert torch.equal(traced(volume()[None]), module(volume()[None]))
