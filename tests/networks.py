"""Small networks whose answers are known, or hard to get right in a hurry."""

from __future__ import annotations

import torch
from torch import nn

from tomaat.weights.network import Array, Network


class Loaded(Network):
    """A torch module as a loader would give it."""

    def __init__(self, module: nn.Module, device: str = "cpu") -> None:
        super().__init__(device)
        self.module = module.eval().requires_grad_(False)

    def __call__(self, batch: Array) -> Array:
        with torch.inference_mode():
            found: Array = self.module(torch.from_numpy(batch)).numpy()
        return found


class Bright(nn.Module):
    """Two classes: 1 where the mean of 3 x 3 x 3 voxels is over a level."""

    def __init__(self, level: float = 0.5, channels: int = 1) -> None:
        super().__init__()
        self.convolution = nn.Conv3d(channels, 2, 3, padding=1)
        with torch.no_grad():
            self.convolution.weight[0] = 0
            self.convolution.weight[1] = 1 / 27 / channels
            self.convolution.bias.copy_(torch.tensor([0.0, -level]))  # type: ignore[union-attr]

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.convolution(volume)
        return found


class Cancelling(Bright):
    """The same labels, by way of numbers so large that bf16 loses what decides."""

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return (super().forward(volume) + 100) - 100


class Branching(Bright):
    """A network whose code can't be traced: what it does depends on what it sees."""

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return super().forward(volume) if volume.sum() >= 0 else -super().forward(volume)


def small_unet(classes: int = 2, channels: int = 1) -> nn.Module:
    """MONAI's U-Net, with batch norms that have seen something."""
    from monai.networks.nets import UNet

    torch.manual_seed(0)
    network = UNet(3, channels, classes, (8, 16, 32), (2, 2), num_res_units=2, norm="batch")
    for module in network.modules():
        if isinstance(module, nn.BatchNorm3d):
            module.running_mean.normal_(0, 0.1)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 1.5)  # type: ignore[union-attr]
    return network.eval().requires_grad_(False)
