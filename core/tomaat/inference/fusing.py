"""Convolutions that apply the activation after them while their output is still in the cache.

oneDNN does both in one kernel. torch reaches it by an operator that ``torch.compile`` uses, too, but that is no public
API: where it is missing or refuses, the network runs without, and what it gives is always compared before it is used.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import fx, nn

from tomaat.inference.layers import called_once, layer_of, replace


class FusedConvolution(nn.Module):
    """A convolution and the leaky rectifier after it.

    Its bias stays in fp32 whatever the module is cast to, for oneDNN adds it before it rounds: a folded batch norm
    leaves large biases, whose own rounding would shift everything after them.

    :param slope: what the rectifier multiplies negative numbers with; ``None`` for a convolution alone.
    """

    def __init__(self, convolution: nn.Conv3d, slope: float | None) -> None:
        super().__init__()
        self.weight = convolution.weight
        self.bias = None if convolution.bias is None else convolution.bias.detach().float()  # no parameter: never cast
        how = (convolution.padding, convolution.stride, convolution.dilation, convolution.groups)
        self._how = (*how, "none", [], "") if slope is None else (*how, "leaky_relu", [slope], "")

    def forward(self, given: torch.Tensor) -> torch.Tensor:
        """As the two layers."""
        found: torch.Tensor = torch.ops.mkldnn._convolution_pointwise(given, self.weight, self.bias, *self._how)
        return found


def fuse_activations(traced: fx.GraphModule) -> int:
    """Fuse every activation that follows a convolution alone, in place; other convolutions keep their biases exact,
    too.

    :returns: how many activations there were.
    """
    fused = 0
    for node, activation in list(called_once(traced, (nn.ReLU, nn.LeakyReLU, nn.PReLU))):
        source = node.all_input_nodes[0]
        convolution = _convolution(source, traced)
        slope = _slope(activation)
        if convolution is not None and slope is not None and len(source.users) == 1:
            replace(traced, str(source.target), FusedConvolution(convolution, slope))
            node.replace_all_uses_with(source)
            traced.graph.erase_node(node)
            fused += 1
    for node, _ in list(called_once(traced, (nn.Conv3d,))):
        convolution = _convolution(node, traced)
        if convolution is not None:
            replace(traced, str(node.target), FusedConvolution(convolution, None))
    traced.delete_all_unused_submodules()
    traced.recompile()
    return fused


def _convolution(node: fx.Node, traced: fx.GraphModule) -> nn.Conv3d | None:
    layer = layer_of(node, traced)
    plain = type(layer) is nn.Conv3d and layer.padding_mode == "zeros" and not isinstance(layer.padding, str)
    return layer if plain else None


def _slope(activation: Any) -> float | None:
    """What an activation multiplies negative numbers with, if it is the same for all channels."""
    match activation:
        case nn.ReLU():
            return 0.0
        case nn.LeakyReLU():
            return float(activation.negative_slope)
        case nn.PReLU() if activation.weight.numel() == 1:
            return float(activation.weight.detach())
    return None
