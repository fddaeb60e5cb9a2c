"""What a network's file tells of it. Loads torch or onnxruntime: for the command line, not for the host."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.app import App
from tomaat.errors import ManifestError
from tomaat.manifest.keys import USUAL_WINDOW
from tomaat.manifest.metadata import Metadata
from tomaat.manifest.network_file import ONNX, network_format
from tomaat.weights.onnx_loader import OnnxLoader
from tomaat.weights.torch_loaders import TorchScriptLoader

if TYPE_CHECKING:
    from tomaat.weights.network import Network
    from tomaat.weights.onnx_network import OnnxNetwork
    from tomaat.weights.torch_network import TorchNetwork

Window = tuple[int, int, int]

OTHER_SIDES = (64, 128, 32, 160)
"""Windows that networks are made for, tried where the usual one does not suit."""


@dataclass(frozen=True)
class Facts:
    """What is known of a network.

    :ivar channels: its input channels; ``None`` where the file does not tell.
    :ivar window: voxels along x, y, z, where it takes no others than these; else ``None``.
    :ivar classes: its output channels; ``None`` where it could not be run to see.
    """

    channels: int | None
    window: Window | None
    classes: int | None
    metadata: Metadata


def read_facts(path: Path) -> Facts:
    """Load a network on the processor, and run it once on zeros.

    Raises :class:`ManifestError` for what is no network over volumes, and :class:`tomaat.errors.WeightsMismatch` for a
    file that can't be loaded.
    """
    if network_format(path) == ONNX:
        return _of_onnx(path)
    return _of_torchscript(path)


def _of_onnx(path: Path) -> Facts:
    try:
        network: OnnxNetwork = OnnxLoader().load(path, App(), "cpu")  # type: ignore[assignment]
    except ImportError as error:
        raise _missing(error, "onnx") from None
    _require_volumes(path, len(network.shape))
    channels, *sides = network.shape[1:]
    meta = network.session.get_modelmeta()
    fixed = (sides[0] or 0, sides[1] or 0, sides[2] or 0) if any(sides) else None
    if fixed:
        fixed = (fixed[0] or USUAL_WINDOW[0], fixed[1] or USUAL_WINDOW[1], fixed[2] or USUAL_WINDOW[2])
    window, classes = _try(network, path, channels, fixed)
    return Facts(channels, window, classes, Metadata.of_onnx(meta.description, meta.custom_metadata_map))


def _of_torchscript(path: Path) -> Facts:
    try:
        network: TorchNetwork = TorchScriptLoader().load(path, App(), "cpu")  # type: ignore[assignment]
    except ImportError as error:
        raise _missing(error, "torch") from None
    kernels = [tensor.shape for tensor in network.module.parameters() if tensor.dim() in (4, 5)]
    if kernels:
        _require_volumes(path, max(len(shape) for shape in kernels))
    channels = next((int(shape[1]) for shape in kernels if len(shape) == 5), None)
    window, classes = _try(network, path, channels, None)
    return Facts(channels, window, classes, Metadata.of_torchscript(path))


def _try(network: Network, path: Path, channels: int | None, fixed: Window | None) -> tuple[Window | None, int | None]:
    """The window that the network insists on, and how many classes it gives."""
    for window in [fixed] if fixed else [USUAL_WINDOW, *((side, side, side) for side in OTHER_SIDES)]:
        shape = _output(network, channels or 1, window)
        if shape is None:
            continue
        if len(shape) != 5 or shape[2:] != window:
            raise ManifestError(
                f"{path.name} gives an output of {' x '.join(map(str, shape))} for a window of "
                f"{' x '.join(map(str, window))} voxels; a segmentation gives classes for each voxel of the window."
            )
        return (window if fixed or window != USUAL_WINDOW else None), shape[1]
    return fixed, None


def _output(network: Network, channels: int, window: Window) -> tuple[int, ...] | None:
    """The shape of what it gives for one window of zeros; ``None`` where it fails."""
    import numpy as np

    try:
        return tuple(network(np.zeros((1, channels, *window), np.float32)).shape)
    except Exception as error:  # torch and onnxruntime raise what they like for a shape that does not suit
        logging.getLogger(__name__).debug("it does not run on %s", window, exc_info=error)
        return None


def _require_volumes(path: Path, axes: int) -> None:
    if axes != 5:
        raise ManifestError(
            f"{path.name} is no network over volumes: it takes {axes} axes, and not 5 (one volume at a time, channels, "
            "x, y, z)."
        )


def _missing(error: ImportError, extra: str) -> ManifestError:
    return ManifestError(f"Reading this network needs {error.name}: pip install 'tomaat[{extra}]'.")
