"""Weights that torch reads: state dicts, as torch and as safetensors write them, and TorchScript."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.errors import WeightsMismatch
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network
from tomaat.weights.state_dict import fill, tensors_of
from tomaat.weights.torch_file import is_safetensors, is_state_dict, is_torchscript

if TYPE_CHECKING:
    from tomaat.app import App
    from tomaat.weights.state_dict import Tensors


class TensorsLoader(WeightsLoader):
    """What gets tensors by name into the network that the app builds."""

    def load(self, path: Path, app: App, device: str) -> Network:
        from tomaat.weights.torch_network import TorchNetwork

        try:
            module = app.network()
        except NotImplementedError:
            raise WeightsMismatch(
                f"The app {app.name!r} has no network of its own: send one with its weights, as TorchScript or ONNX."
            ) from None
        tensors = self._tensors(path)
        architecture = app.weights.architecture if app.weights else ""
        fill(module, tensors, f"the network of {app.name!r}" + (f" ({architecture})" if architecture else ""))
        return TorchNetwork(module, device)

    @abstractmethod
    def _tensors(self, path: Path) -> Tensors:
        """What the file holds. Raises :class:`WeightsMismatch`."""


class StateDictLoader(TensorsLoader):
    """``torch.save(model.state_dict(), ...)``. Nothing in the file is run: only tensors are unpickled."""

    format = "pth"
    title = "PyTorch state dict"
    preload = ("torch",)

    def recognises(self, path: Path) -> bool:
        return is_state_dict(path)

    def _tensors(self, path: Path) -> Tensors:
        from pickle import UnpicklingError

        import torch

        try:
            checkpoint = torch.load(path, map_location="cpu", weights_only=True)
        except UnpicklingError:
            raise WeightsMismatch(
                "This file holds Python objects beside tensors, and reading those could run code, so it was not read. "
                "Save the state dict alone: torch.save(model.state_dict(), ...)."
            ) from None
        except Exception:  # torch raises RuntimeError, EOFError, KeyError, ... for whatever is cut off or damaged
            raise WeightsMismatch(f"The file is damaged or cut off: {self.title} was expected.") from None
        return tensors_of(checkpoint)


class SafetensorsLoader(TensorsLoader):
    """A state dict as ``safetensors.torch.save_file`` writes it."""

    format = "safetensors"
    title = "safetensors state dict"
    preload = ("safetensors.torch",)

    def recognises(self, path: Path) -> bool:
        return is_safetensors(path)

    def _tensors(self, path: Path) -> Tensors:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            return tensors_of(load_file(path))
        except SafetensorError:
            raise WeightsMismatch(f"The file is damaged or cut off: {self.title} was expected.") from None


class TorchScriptLoader(WeightsLoader):
    """``torch.jit.save(...)``: the network comes with its weights."""

    format = "ts"
    title = "TorchScript"
    preload = ("torch",)

    def recognises(self, path: Path) -> bool:
        return is_torchscript(path)

    def load(self, path: Path, app: App, device: str) -> Network:
        import torch

        from tomaat.weights.torch_network import TorchNetwork

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it is read for as long as torch can
                module = torch.jit.load(path, map_location=device)
        except RuntimeError:
            raise WeightsMismatch(
                "The file can't be read as TorchScript: it is damaged, cut off, or was written by a newer torch."
            ) from None
        return TorchNetwork(module, device)
