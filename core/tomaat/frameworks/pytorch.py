"""A PyTorch network as the inference step of a :class:`tomaat.server.TomaatApp`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tomaat.frameworks.prediction import Prediction as BasePrediction
from tomaat.frameworks.prediction import refused
from tomaat.weights.torch_file import is_state_dict, is_torchscript

if TYPE_CHECKING:
    import torch

    from tomaat.frameworks.prediction import Array


class Prediction(BasePrediction):
    """Runs a TorchScript network. It computes in evaluation mode, without gradients.

    :param input_arg_names: the names of its ``forward``'s arguments.
    :param allow_pickle: take a whole pickled model, too (``torch.save(model, ...)``). **Reading one runs whatever code
        it brings**: only for a file whose origin you trust. The classes of the model have to be importable, or stand in
        the script. Without it nothing is ever unpickled but TorchScript, whose code torch confines.
    """

    preload = ("torch",)

    def __init__(
        self,
        model_path: str | Path,
        input_arg_names: Sequence[str],
        input_fields: Sequence[str],
        output_fields: Sequence[str],
        with_gpu: bool = True,
        *,
        allow_pickle: bool = False,
    ) -> None:
        self.allow_pickle = allow_pickle
        self._model: torch.nn.Module | None = None
        self._device = "cpu"
        super().__init__(model_path, input_arg_names, input_fields, output_fields, with_gpu)

    @property
    def model(self) -> torch.nn.Module:
        """The network, for scripts that set it up or call it themselves; read now if that has not been done."""
        if self._model is None:
            self._model = self._network("cpu")
        return self._model

    def _check(self, path: Path) -> None:
        if is_torchscript(path):
            return
        if not is_state_dict(path):
            raise refused(path, "holds no network of PyTorch: TorchScript was expected, as torch.jit.save writes it.")
        if not self.allow_pickle:
            raise refused(
                path,
                "is a pickle, and reading a pickled model runs whatever code it brings. Save the network with "
                "torch.jit.script(model).save(...), or, if you trust where the file comes from, say so: "
                "Prediction(..., allow_pickle=True).",
            )

    def _load(self, device: str | None) -> None:
        import torch

        if device is None:
            device = "cuda" if torch.cuda.is_available() else "cpu"
            if device == "cpu":
                warnings.warn("with_gpu=True, but there is no GPU here: computing on the processor", stacklevel=4)
        self._device = device
        if self._model is None:
            self._model = self._network(device)
        self._model.to(device).eval()

    def _network(self, device: str) -> torch.nn.Module:
        import torch

        model = self._read(device)
        if not isinstance(model, torch.nn.Module):
            raise refused(
                self.model_path,
                f"holds no network: {type(model).__name__} was found, as in a file of weights alone. Save the "
                "network with torch.jit.script(model).save(...).",
            )
        return model

    def _read(self, device: str) -> Any:
        import torch

        if is_torchscript(self.model_path):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", DeprecationWarning)  # it is read for as long as torch can
                return torch.jit.load(self.model_path, map_location=device)
        warnings.warn(
            f"{self.model_path.name} is a pickled model, and reading it runs the code that it brings; "
            "torch.jit.script(model).save(...) writes one that needs no such trust",
            stacklevel=5,
        )
        return torch.load(self.model_path, map_location=device, weights_only=False)

    def _run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        import numpy as np
        import torch

        with torch.inference_mode():
            tensors = {
                name: torch.from_numpy(np.ascontiguousarray(array)).to(self._device) for name, array in inputs.items()
            }
            return [tensor.float().cpu().numpy() for tensor in _tensors(self.model(**tensors))]


def _tensors(outputs: Any) -> Iterable[torch.Tensor]:
    """The outputs of a network that returns one tensor, several, or a dictionary of them."""
    if isinstance(outputs, Mapping):
        return outputs.values()
    return outputs if isinstance(outputs, list | tuple) else [outputs]
