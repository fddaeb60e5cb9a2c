"""The layers that see the image itself stay in fp32 when the rest of a network runs in a shorter arithmetic.

With one or a few channels they cost the same in either, and the rounding of their weights would shift all that comes
after: on the spleen network of the benchmarks this and exact biases (see :mod:`tomaat.inference.fusing`) leave a tenth
of the voxels that bf16 labels otherwise than fp32.
"""

from __future__ import annotations

import torch
from torch import fx, nn

from tomaat.inference.fusing import FusedConvolution
from tomaat.inference.layers import called_once, replace
from tomaat.inference.packing import FEW


class CastAfter(nn.Module):
    """A layer in fp32 whose output goes on in another arithmetic."""

    def __init__(self, layer: nn.Module, dtype: torch.dtype) -> None:
        super().__init__()
        self.layer = layer
        self._dtype = dtype

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """What the layer gives, cast."""
        found: torch.Tensor = self.layer(given).to(self._dtype)
        return found


def cast_but_first(traced: fx.GraphModule, dtype: torch.dtype) -> int:
    """Cast ``traced`` to ``dtype`` in place, but for the convolutions that take the image, if nothing else takes it.

    :returns: how many stay in fp32; with any, the image must be fp32, otherwise of ``dtype``.
    """
    image = next(node for node in traced.graph.nodes if node.op == "placeholder")
    first = [(node, layer) for node, layer in called_once(traced, (nn.Conv3d, FusedConvolution)) if node in image.users]
    exact = len(first) == len(image.users) and all(layer.weight.shape[1] <= FEW for _, layer in first)
    kept = {str(node.target): layer for node, layer in first} if exact else {}
    for target in kept:
        replace(traced, target, nn.Identity())
    traced.to(dtype)
    for target, layer in kept.items():
        replace(traced, target, CastAfter(layer, dtype))
    return len(kept)
