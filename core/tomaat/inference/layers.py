"""Find and replace the layers of a traced network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import fx, nn


def trace(module: nn.Module) -> fx.GraphModule | None:
    """The network as a graph of its layers; ``None`` where its code can't be followed without running it."""
    try:
        return fx.symbolic_trace(module)
    except Exception:  # whatever the author's forward() does that symbols can't follow
        return None


def layer_of(node: fx.Node, traced: fx.GraphModule) -> Any:
    """The layer that a node calls; ``None`` for one that calls none, or one that another node calls too: what suits the
    one call may not suit the other."""
    calls = [other for other in traced.graph.nodes if other.op == "call_module" and other.target == node.target]
    return traced.get_submodule(str(node.target)) if calls == [node] else None


def called_once(traced: fx.GraphModule, kinds: tuple[type, ...]) -> Iterator[tuple[fx.Node, Any]]:
    """The calls of layers of these kinds, each with its layer, as :func:`layer_of` sees them."""
    for node in traced.graph.nodes:
        layer = layer_of(node, traced)
        if type(layer) in kinds:
            yield node, layer


def replace(traced: fx.GraphModule, target: str, module: nn.Module) -> None:
    """Put ``module`` where ``target`` is."""
    parent, _, name = target.rpartition(".")
    setattr(traced.get_submodule(parent), name, module)
