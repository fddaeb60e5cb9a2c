"""Tiny networks with known answers, as the files that exporters write."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

Scores = Sequence[tuple[Sequence[float], float]]
"""For each class, what each channel counts and what is added: ``[((0,), 0), ((1,), -50)]`` is label 1 above 50."""
ABOVE_50 = [((0.0,), 0.0), ((1.0,), -50.5)]
"""A background, and one class of what is brighter than 50."""
TWICE_THE_FIRST = [((0.0, 0.0), 0.0), ((2.0, -1.0), -10.5), ((4.0, -2.0), -60.5)]
"""Of two channels: label 1 where twice the first less the second is above 10, label 2 where it is above 50."""


def write_onnx(
    path: Path,
    scores: Scores,
    *,
    sides: Sequence[int | str] = ("x", "y", "z"),
    properties: Mapping[str, str] | None = None,
) -> Path:
    """A convolution of one voxel as an ONNX model; ``sides`` are its window's, fixed or free."""
    weight, bias = _kernel(scores, len(sides))
    graph = helper.make_graph(
        [helper.make_node("Conv", ["image", "weight", "bias"], ["scores"], kernel_shape=[1] * len(sides))],
        "tiny",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", weight.shape[1], *sides])],
        [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["n", len(scores), *sides])],
        [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(bias, "bias")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, dict(properties or {}))
    onnx.save(model, str(path))
    return path


def write_torchscript(path: Path, scores: Scores, *, metadata: str = "") -> Path:
    """The same as TorchScript; ``metadata`` is what MONAI puts beside a network."""
    import torch

    weight, bias = _kernel(scores, 3)
    convolution = torch.nn.Conv3d(weight.shape[1], weight.shape[0], 1)
    convolution.load_state_dict({"weight": torch.from_numpy(weight), "bias": torch.from_numpy(bias)})
    return save_torchscript(path, convolution, {"metadata.json": metadata} if metadata else {})


def save_torchscript(path: Path, module: object, extra: Mapping[str, str] | None = None) -> Path:
    """Any module as TorchScript."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it is written for as long as torch can
        torch.jit.save(torch.jit.script(module), str(path), _extra_files=dict(extra or {}))
    return path


def save_state_dict(path: Path) -> Path:
    """Tensors without a network."""
    import torch

    torch.save(torch.nn.Conv3d(1, 2, 1).state_dict(), str(path))
    return path


def _kernel(scores: Scores, axes: int) -> tuple[np.ndarray, np.ndarray]:
    weight = np.array([counts for counts, _ in scores], np.float32)
    return weight.reshape(*weight.shape, *[1] * axes), np.array([added for _, added in scores], np.float32)
