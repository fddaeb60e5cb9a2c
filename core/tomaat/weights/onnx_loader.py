"""Weights that onnxruntime reads: the network comes with them."""

from __future__ import annotations

import logging
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tomaat.cores import threads
from tomaat.errors import WeightsMismatch
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network
from tomaat.weights.onnx_file import has_external_tensors, is_onnx
from tomaat.weights.protobuf import Malformed

if TYPE_CHECKING:
    import onnxruntime

    from tomaat.app import App

log = logging.getLogger(__name__)

ERRORS_ONLY, FATAL_ONLY = 3, 4
"""How much onnxruntime says: it would warn of every GPU library that a machine without a GPU lacks."""


class OnnxLoader(WeightsLoader):
    """An ONNX model, on a GPU by onnxruntime's CUDA provider, on the processor otherwise."""

    format = "onnx"
    title = "ONNX"
    preload = ("onnxruntime",)

    def recognises(self, path: Path) -> bool:
        return is_onnx(path)

    def load(self, path: Path, app: App, device: str) -> Network:
        from tomaat.weights.onnx_network import OnnxNetwork

        _check_whole(path)
        session = self._session(path, app, device)
        on_gpu = session.get_providers()[0] == "CUDAExecutionProvider"
        if device != "cpu" and not on_gpu:
            log.warning("onnxruntime can't use %s on this machine, so the network runs on the processor", device)
        return OnnxNetwork(session, device if on_gpu else "cpu")

    def _session(self, path: Path, app: App, device: str) -> onnxruntime.InferenceSession:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads()
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        providers: list[Any] = ["CPUExecutionProvider"]
        if device.startswith("cuda"):
            if hasattr(onnxruntime, "preload_dlls"):  # finds the CUDA libraries that came with torch, and prints
                with redirect_stdout(StringIO()):
                    onnxruntime.preload_dlls()
            providers.insert(0, ("CUDAExecutionProvider", {"device_id": int(device.partition(":")[2] or 0)}))
        onnxruntime.set_default_logger_severity(FATAL_ONLY)
        try:
            return onnxruntime.InferenceSession(str(path), options, providers=providers)
        except Exception as error:  # its exceptions share no base but this, and their texts hold paths
            log.warning("onnxruntime refused weights for %s: %s", app.name, error)
            raise WeightsMismatch(
                "onnxruntime can't run this model: it is damaged, or uses operators or a version that it does not know."
            ) from None


def _check_whole(path: Path) -> None:
    """Raise :class:`WeightsMismatch` for what onnxruntime must not see: it would open the files that a model names."""
    try:
        scattered = is_onnx(path) and has_external_tensors(path)
    except Malformed:
        raise WeightsMismatch("The file is damaged or cut off: an ONNX model was expected.") from None
    if scattered:
        raise WeightsMismatch(
            "This ONNX model keeps its tensors in another file, which did not come with it. Write it as one file: "
            "torch.onnx.export(..., external_data=False)."
        )
