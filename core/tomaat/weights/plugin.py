"""The built-in loaders, registered as a plugin's own would be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tomaat.markers import hookimpl
from tomaat.weights.onnx_loader import OnnxLoader
from tomaat.weights.torch_loaders import SafetensorsLoader, StateDictLoader, TorchScriptLoader

if TYPE_CHECKING:
    from tomaat.hookspecs import RegisterWeightsLoader


@hookimpl
def tomaat_weights_loaders(register: RegisterWeightsLoader) -> None:
    register(StateDictLoader())
    register(SafetensorsLoader())
    register(TorchScriptLoader())
    register(OnnxLoader())
