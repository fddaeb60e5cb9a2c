"""A network that torch computes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tomaat.weights.network import Array, Network

if TYPE_CHECKING:
    import torch


class TorchNetwork(Network):
    """A module, or a TorchScript module.

    :ivar module: on its device, in evaluation mode, without gradients.
    """

    def __init__(self, module: torch.nn.Module, device: str) -> None:
        import torch

        super().__init__(device)
        self.module = module.to(device).eval()
        for parameter in self.module.parameters():  # TorchScript can't do all at once
            parameter.requires_grad_(False)
        tensors = (tensor for tensor in self.module.parameters() if tensor.is_floating_point())
        self._dtype = next((tensor.dtype for tensor in tensors), torch.float32)

    def __call__(self, batch: Array) -> Array:
        import numpy as np
        import torch

        with torch.inference_mode():
            given = torch.from_numpy(np.ascontiguousarray(batch)).to(self.device, self._dtype)
            result: Array = first_output(self.module(given)).float().cpu().numpy()
        return result


def first_output(output: Any) -> Any:
    """The tensor itself, or the first one of a tuple, a list or a dictionary: deep supervision adds others after it."""
    while not hasattr(output, "shape"):
        output = next(iter(output.values())) if isinstance(output, Mapping) else output[0]
    return output
