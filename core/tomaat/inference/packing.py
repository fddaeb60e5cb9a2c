"""Layers with few channels at full resolution, computed with eight times the channels on an eighth of the voxels.

A convolution from 2 to 2 channels leaves most of a vector unit idle, and takes longer than one from 16 to 16 on an
eighth of the voxels. Packing the voxels of a 2 x 2 x 2 cube into channels ("space to depth", Shi et al. 2016,
"Real-Time Single Image and Video Super-Resolution Using an Efficient Sub-Pixel Convolutional Neural Network", section
3.2) turns the one into the other: the weights move, none is changed, and the answer is the same.

A packed tensor's channel ``o * C + c`` is channel ``c`` of the cube's voxel ``o = 4 i + 2 j + k``.
"""

from __future__ import annotations

import itertools
import operator
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, fx, nn

from tomaat.inference.layers import layer_of, replace

FEW = 4
"""Channels that are so few that packing pays."""
CUBE = tuple(itertools.product((0, 1), repeat=3))


def pack_few_channels(traced: fx.GraphModule) -> int:
    """Pack the last layers of a network, in place, as far back as they have few channels at full resolution.

    :returns: how many convolutions were packed; 0 where the network does not end in such layers.
    """
    output = next(node for node in traced.graph.nodes if node.op == "output")
    last = output.args[0]
    region = _region(last, traced) if isinstance(last, fx.Node) else []  # with several outputs, none is packed
    if not any(isinstance(layer_of(node, traced), nn.Conv3d) for node in region):
        return 0
    packed = 0
    for node in region:
        if isinstance(module := layer_of(node, traced), nn.Conv3d | nn.ConvTranspose3d):
            replace(traced, str(node.target), packed_convolution(module))
            packed += 1
    with traced.graph.inserting_before(output):
        output.args = (traced.graph.call_function(unpack, (last,)),)
    traced.recompile()
    return packed


def unpack(packed: Tensor) -> Tensor:
    """N x 8 C x X x Y x Z to N x C x 2 X x 2 Y x 2 Z."""
    n, channels, x, y, z = packed.shape
    cubes = packed.reshape(n, 2, 2, 2, channels // 8, x, y, z)
    return cubes.permute(0, 4, 5, 1, 6, 2, 7, 3).reshape(n, channels // 8, 2 * x, 2 * y, 2 * z)


class WithoutFirst(nn.Module):
    """A volume without its first voxel along x, y and z."""

    def forward(self, given: Tensor) -> Tensor:
        """A view of it."""
        return given[:, :, 1:, 1:, 1:]


def packed_convolution(module: nn.Conv3d | nn.ConvTranspose3d) -> nn.Module:
    """The convolution that does to packed tensors what ``module`` does; a transposed one takes its input as it is and
    gives a packed output."""
    if isinstance(module, nn.ConvTranspose3d):
        weight = module.weight.detach().transpose(0, 1)
        if module.kernel_size[0] == 2:
            return _spread(module, weight, _transposed_tap(module), [(0, 0, 0)], range(1), padding=0)
        # A cube only takes from its own voxel and from the next, so a kernel of 2 does, with one voxel too many before
        convolution = _spread(module, weight, _transposed_tap(module), [(0, 0, 0)], range(2), padding=1)
        return nn.Sequential(convolution, WithoutFirst())
    near = module.kernel_size[0] // 2
    return _spread(module, module.weight.detach(), _tap(module), CUBE, range(-near, near + 1), padding=near)


def _spread(
    module: nn.Conv3d | nn.ConvTranspose3d,
    weight: Tensor,
    tap: Callable[[int, int, int], int],
    sources: Sequence[tuple[int, ...]],
    cubes: range,
    padding: int,
) -> nn.Conv3d:
    """Each weight where it belongs in a kernel over cubes.

    :param weight: channels given x taken x taps.
    :param tap: which of the kernel's taps leads to a cube's voxel from another's, that many cubes away, along one axis.
    :param sources: the voxels of a cube that is taken from.
    :param cubes: how many cubes away the others are.
    """
    given, taken, side = weight.shape[0], weight.shape[1], len(cubes)
    spread = torch.zeros((8, given, len(sources), taken, side, side, side), dtype=weight.dtype, device=weight.device)
    for (n, to), (m, source) in itertools.product(enumerate(CUBE), enumerate(sources)):
        for x, y, z in itertools.product(range(side), repeat=3):
            taps = [tap(to[axis], source[axis], cubes[place]) for axis, place in enumerate((x, y, z))]
            if all(0 <= tap < size for tap, size in zip(taps, module.kernel_size, strict=True)):
                spread[n, :, m, :, x, y, z] = weight[:, :, taps[0], taps[1], taps[2]]
    packed = nn.Conv3d(len(sources) * taken, 8 * given, side, padding=padding, bias=module.bias is not None)
    packed.weight = nn.Parameter(spread.reshape(8 * given, len(sources) * taken, side, side, side), requires_grad=False)
    if module.bias is not None:
        packed.bias = nn.Parameter(module.bias.detach().repeat(8), requires_grad=False)
    return packed


def _tap(module: nn.Conv3d) -> Callable[[int, int, int], int]:
    """The taps of a convolution whose input is packed too."""
    return lambda to, source, cubes: 2 * cubes + source - to + module.kernel_size[0] // 2


def _transposed_tap(module: nn.ConvTranspose3d) -> Callable[[int, int, int], int]:
    """The taps of a transposed convolution, whose input is not packed: its voxel n is the cube n."""
    return lambda to, source, cubes: to - 2 * cubes + int(module.padding[0])


def _region(last: fx.Node, traced: fx.GraphModule) -> list[fx.Node]:
    """The nodes that can be packed with ``last``, back to transposed convolutions; empty unless all inputs are
    these."""
    region: list[fx.Node] = []
    pending = [last]
    while pending:
        node = pending.pop()
        if node in region:
            continue
        inputs = _packable(node, traced)
        if inputs is None:
            return []
        region.append(node)
        pending.extend(inputs)
    if any(user not in region and user.op != "output" for node in region for user in node.users):
        return []
    return region


def _packable(node: fx.Node, traced: fx.GraphModule) -> list[fx.Node] | None:
    """The inputs of a node that must be packed too; ``None`` for one that can't be packed."""
    module = layer_of(node, traced)
    if isinstance(module, nn.ConvTranspose3d):
        doubles = (module.kernel_size, module.padding, module.output_padding) in (
            ((3, 3, 3), (1, 1, 1), (1, 1, 1)),
            ((2, 2, 2), (0, 0, 0), (0, 0, 0)),
        )
        fits = doubles and module.stride == (2, 2, 2) and _plain(module) and module.out_channels <= FEW
        return [] if fits else None
    if isinstance(module, nn.Conv3d):
        same = (module.kernel_size, module.padding) in (((3, 3, 3), (1, 1, 1)), ((1, 1, 1), (0, 0, 0)))
        fits = (
            same
            and module.stride == (1, 1, 1)
            and _plain(module)
            and max(module.in_channels, module.out_channels) <= FEW
        )
        return list(node.all_input_nodes) if fits else None
    alike = isinstance(module, nn.PReLU) and module.weight.numel() == 1
    if alike or isinstance(module, nn.ReLU | nn.LeakyReLU | nn.ELU):
        return list(node.all_input_nodes)
    if node.op == "call_function" and node.target in (operator.add, torch.add) and len(node.all_input_nodes) == 2:
        return list(node.all_input_nodes)
    return None


def _plain(module: nn.Conv3d | nn.ConvTranspose3d) -> bool:
    return module.groups == 1 and module.dilation == (1, 1, 1) and module.padding_mode == "zeros"
