"""An ONNX network as the inference step of a :class:`tomaat.server.TomaatApp`."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.frameworks.prediction import Prediction as BasePrediction
from tomaat.frameworks.prediction import refused
from tomaat.weights.onnx_file import is_onnx

if TYPE_CHECKING:
    import onnxruntime

    from tomaat.frameworks.prediction import Array

DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64"}


class Prediction(BasePrediction):
    """Runs an ONNX network with onnxruntime. The file can hold no code: nothing in it needs to be trusted.

    :param input_arg_names: the names of the network's inputs. Arrays of real numbers are given to it in its own
        precision.
    """

    preload = ("onnxruntime",)

    _session: onnxruntime.InferenceSession

    def _check(self, path: Path) -> None:
        if not is_onnx(path):
            raise refused(path, "holds no network: ONNX was expected, as torch.onnx.export writes it.")

    def _load(self, device: str | None) -> None:
        from tomaat.weights.onnx_session import on_gpu, open_session

        self._session = open_session(self.model_path, device or "cuda:0")
        if device != "cpu" and not on_gpu(self._session):
            warnings.warn(
                "with_gpu=True, but onnxruntime can use no GPU here: computing on the processor", stacklevel=4
            )
        self._dtypes = {item.name: DTYPES.get(item.type) for item in self._session.get_inputs()}
        if unknown := [name for name in self.input_arg_names if name not in self._dtypes]:
            raise refused(
                self.model_path, f"has no input {unknown[0]!r}; its inputs are {', '.join(map(repr, self._dtypes))}."
            )

    def _run(self, inputs: Mapping[str, Array]) -> Sequence[Array]:
        import numpy as np

        given = {name: np.ascontiguousarray(array, self._dtypes[name]) for name, array in inputs.items()}
        outputs: Sequence[Array] = self._session.run(None, given)
        return outputs
