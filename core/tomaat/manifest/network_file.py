"""The network that a manifest describes, as a file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from tomaat.errors import ManifestError
from tomaat.manifest.manifest import Manifest
from tomaat.weights.declaration import WEIGHTS_ID
from tomaat.weights.onnx_loader import OnnxLoader
from tomaat.weights.torch_loaders import SafetensorsLoader, StateDictLoader, TorchScriptLoader

ONNX, TORCHSCRIPT = OnnxLoader.format, TorchScriptLoader.format
"""The formats that have a network in them, not only weights."""


def find_network(manifest: Manifest, beside: Path, file: Path | None = None) -> Path:
    """The network's file, absolute.

    :param beside: the manifest's own file.
    :param file: the network, where it was named beside the manifest.

    Raises :class:`ManifestError` when none is named, or it is not there.
    """
    if file is None and not manifest.network:
        raise ManifestError(
            f'{beside.name} names no network: write network = "model.onnx", or name its file with --onnx or '
            "--torchscript, or as file in [networks.NAME]."
        )
    found = (file or beside.parent / manifest.network).absolute()
    if not os.path.isfile(found):  # Path.is_file raises for a name that is too long
        raise ManifestError(f"There is no network {found.name[:100]!r} for {beside.name}.")
    return found


def network_format(network: Path) -> str:
    """What a file is by its content: ``onnx`` or ``ts``. Raises :class:`ManifestError` for anything else."""
    try:
        if OnnxLoader().recognises(network):
            return ONNX
        if TorchScriptLoader().recognises(network):
            return TORCHSCRIPT
        bare = StateDictLoader().recognises(network) or SafetensorsLoader().recognises(network)
    except OSError as error:
        raise ManifestError(f"The network {network.name!r} can't be read: {error.strerror}.") from None
    if bare:
        raise ManifestError(
            f"{network.name!r} is a state dict: tensors without a network. Export the network itself, with "
            "torch.onnx.export or torch.jit.script; or write a plugin for it (tomaat new NAME)."
        )
    raise ManifestError(f"{network.name!r} is damaged, cut off, or neither ONNX nor TorchScript.")


def weights_id(network: Path) -> str:
    """What the app's own weights are called: the file's name, without what no id may have."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", network.stem).lstrip("._-")[:100]
    return name if WEIGHTS_ID.fullmatch(name) else "network"
