"""A network that onnxruntime computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tomaat.errors import WeightsMismatch
from tomaat.weights.network import Array, Network

if TYPE_CHECKING:
    import onnxruntime

DTYPES = {"tensor(float)": "float32", "tensor(float16)": "float16", "tensor(double)": "float64"}


class OnnxNetwork(Network):
    """An ONNX model with one input.

    :ivar session: the ``onnxruntime.InferenceSession``.
    :ivar input: the input's name.
    :ivar shape: its shape; ``None`` for a side that may be of any length.
    :ivar dtype: its numbers: ``float32``, ``float16`` or ``float64``.
    :ivar window: the spatial sides, if all of them are fixed; else ``None``.
    """

    def __init__(self, session: onnxruntime.InferenceSession, device: str) -> None:
        super().__init__(device)
        self.session = session
        inputs = session.get_inputs()
        if len(inputs) != 1 or inputs[0].type not in DTYPES:
            kinds = ", ".join(f"{item.name} ({item.type})" for item in inputs) or "none"
            raise WeightsMismatch(f"An ONNX model with one input, of real numbers, was expected; it has {kinds}.")
        self.input: str = inputs[0].name
        self.dtype = DTYPES[inputs[0].type]
        self.shape = tuple(side if isinstance(side, int) and side > 0 else None for side in inputs[0].shape)
        self._output = session.get_outputs()[0].name
        self._options: onnxruntime.RunOptions | None = None

    @property
    def window(self) -> tuple[int, ...] | None:
        sides = tuple(side for side in self.shape[2:] if side is not None)
        return sides if sides and len(sides) == len(self.shape) - 2 else None

    def __call__(self, batch: Array) -> Array:
        import numpy as np

        batch = np.ascontiguousarray(batch, self.dtype)
        size = self.shape[0] if self.shape else None
        parts = [batch] if size is None else [batch[start : start + size] for start in range(0, len(batch), size)]
        outputs = [self._run(part, size) for part in parts]
        result = outputs[0] if len(outputs) == 1 else np.concatenate(outputs)
        return result.astype(np.float32, copy=False)

    def _run(self, part: Array, size: int | None) -> Any:
        """The output for one batch, filled up to the size that the model insists on."""
        import numpy as np

        given = len(part)
        if size is not None and given < size:
            part = np.concatenate([part, np.zeros((size - given, *part.shape[1:]), part.dtype)])
        from onnxruntime import RunOptions

        self._options = RunOptions()
        try:
            return self.session.run([self._output], {self.input: part}, self._options)[0][:given]
        finally:
            self._options = None

    def stop(self) -> None:
        options = self._options
        if options is not None:
            options.terminate = True
