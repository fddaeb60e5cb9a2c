"""Find and replace the layers of a traced network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from torch import fx, nn


def trace(module: nn.Module) -> fx.GraphModule | None:
    """The network as a graph of its layers; ``None`` where its code can't be followed without running it."""
    try:
        return fx.symbolic_trace(module)
    except Exception:  # whatever the author's forward() does that symbols can't follow
        return None


def called_once(traced: fx.GraphModule, kinds: tuple[type, ...]) -> Iterator[tuple[fx.Node, Any]]:
    """The calls of layers of these kinds, each with its layer. One that is called twice is passed over: what suits the
    one call may not suit the other."""
    calls = Counter(node.target for node in traced.graph.nodes if node.op == "call_module")
    for node in traced.graph.nodes:
        if node.op == "call_module" and calls[node.target] == 1:
            module = traced.get_submodule(node.target)
            if type(module) in kinds:
                yield node, module


def replace(traced: fx.GraphModule, target: str, module: nn.Module) -> None:
    """Put ``module`` where ``target`` is."""
    parent, _, name = target.rpartition(".")
    setattr(traced.get_submodule(parent), name, module)
