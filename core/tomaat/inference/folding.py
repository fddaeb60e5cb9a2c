"""Batch norms folded into the convolutions before them: the same function with fewer passes over memory."""

from __future__ import annotations

from torch import fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from tomaat.inference.layers import called_once, layer_of, replace

IDLE = (nn.Dropout, nn.Dropout2d, nn.Dropout3d, nn.AlphaDropout, nn.Identity)
NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)
TRANSPOSED = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)
CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, *TRANSPOSED)


def fold_batch_norms(traced: fx.GraphModule) -> int:
    """Take out dropout and fold as many batch norms as can be, in place; for inference alone.

    :returns: how many batch norms were folded.
    """
    for node, _ in list(called_once(traced, IDLE)):
        _skip(node)
    folded = 0
    for node, norm in list(called_once(traced, NORMS)):
        convolution = _only_source(node, traced)
        if convolution is not None and norm.running_mean is not None:
            _fold(convolution, node, traced)
            folded += 1
    traced.delete_all_unused_submodules()
    traced.recompile()
    return folded


def _only_source(node: fx.Node, traced: fx.GraphModule) -> fx.Node | None:
    """The convolution whose output goes to this node and nowhere else."""
    source = node.all_input_nodes[0]
    return source if len(source.users) == 1 and type(layer_of(source, traced)) in CONVOLUTIONS else None


def _fold(convolution: fx.Node, norm: fx.Node, traced: fx.GraphModule) -> None:

    target = str(convolution.target)
    before, after = traced.get_submodule(target), traced.get_submodule(str(norm.target))
    transposed = type(before) in TRANSPOSED
    folded = fuse_conv_bn_eval(before, after, transpose=transposed)  # type: ignore[arg-type,type-var]
    replace(traced, target, folded)
    _skip(norm)


def _skip(node: fx.Node) -> None:
    """Have what follows a node use what comes before it."""
    node.replace_all_uses_with(node.all_input_nodes[0])
    node.graph.erase_node(node)
