"""Ways to run one network: the same function in another arithmetic, layout or order."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, jit

from tomaat.inference.first_layers import cast_but_first
from tomaat.inference.folding import fold_batch_norms
from tomaat.inference.fusing import fuse_activations
from tomaat.inference.layers import trace
from tomaat.inference.packing import pack_few_channels
from tomaat.weights.network import Network

CONTIGUOUS, CHANNELS_LAST = "contiguous", "channels-last"
EXACT = "first layers in fp32"


@dataclass
class Run:
    """One way to run a network.

    :ivar arithmetic: ``fp32``, ``bf16`` or ``fp16``.
    :ivar layout: of arrays in memory: ``contiguous`` or ``channels-last``; empty where it is not ours to choose.
    :ivar steps: what was done to make it faster, and to how many layers.
    """

    call: Callable[[Tensor], Tensor]
    arithmetic: str = "fp32"
    layout: str = ""
    steps: dict[str, int] = field(default_factory=dict)
    module: Any = field(default=None, repr=False)

    def __call__(self, window: Tensor) -> Tensor:
        """What the network says: channels x X x Y x Z, on any device, to scores x X x Y x Z, float32, on the network's.

        A GPU's matrix units round fp32 to 10 bits where they are let; here fp32 is what it says.
        """
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
            scores: Tensor = self.call(window[None])[0].float()
        return scores


def as_loaded(network: Network) -> Run:
    """The network as its loader gives it."""
    module = getattr(network, "module", None)
    if module is None:
        return Run(lambda batch: torch.from_numpy(network(batch.cpu().numpy())))
    device = network.device
    return Run(lambda batch: _first(module(batch.to(device))), layout=CONTIGUOUS, module=module)


@dataclass(frozen=True)
class Way:
    """How to run a torch network for inference alone.

    :param layout: of arrays in memory.
    :param fused: with activations within the convolutions before them; on a CPU.
    :param packed: with the last layers packed, where they have few channels.
    """

    layout: str
    fused: bool = False
    packed: bool = False


def optimised(network: Network, arithmetic: str, way: Way) -> Run:
    """A torch network with its batch norms folded, in another arithmetic and layout."""
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[arithmetic]
    memory = torch.channels_last_3d if way.layout == CHANNELS_LAST else torch.contiguous_format
    module, steps = _prepared(network, way, dtype)
    module.to(memory_format=memory)
    device, given = network.device, torch.float32 if steps.get(EXACT) else dtype

    def call(batch: Tensor) -> Tensor:
        return _first(module(batch.to(device, given).contiguous(memory_format=memory)))

    return Run(call, arithmetic, way.layout, steps, module)


def _prepared(network: Network, way: Way, dtype: torch.dtype) -> tuple[Any, dict[str, int]]:
    """A copy of the network's module in ``dtype``, and what was done to it: how often."""
    copied = copy.deepcopy(network.module).eval()  # type: ignore[attr-defined]
    if isinstance(copied, jit.ScriptModule):
        return jit.freeze(copied.to(dtype)), {}
    traced = trace(copied)
    if traced is None:
        return copied.to(dtype), {}
    steps = {"folded batch norms": fold_batch_norms(traced)}
    if way.packed:
        steps["packed layers"] = pack_few_channels(traced)
    if way.fused:
        steps["fused activations"] = fuse_activations(traced)
    if dtype != torch.float32:
        steps[EXACT] = cast_but_first(traced, dtype)
    return traced.eval(), {step: count for step, count in steps.items() if count}


def _first(answer: Any) -> Tensor:
    """A network may give several tensors, as with deep supervision: the first is the answer."""
    while isinstance(answer, list | tuple):
        answer = answer[0]
    if isinstance(answer, dict):
        answer = next(iter(answer.values()))
    tensor: Tensor = answer
    return tensor
