"""Weights that onnxruntime reads: the network comes with them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from tomaat.errors import WeightsMismatch
from tomaat.weights.loader import WeightsLoader
from tomaat.weights.network import Network
from tomaat.weights.onnx_file import has_external_tensors, is_onnx
from tomaat.weights.onnx_session import on_gpu, open_session
from tomaat.weights.protobuf import Malformed

if TYPE_CHECKING:
    from tomaat.app import App

log = logging.getLogger(__name__)


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
        session = open_session(path, device)
        if device != "cpu" and not on_gpu(session):
            log.warning("onnxruntime can't use %s on this machine, so the network runs on the processor", device)
        return OnnxNetwork(session, device if on_gpu(session) else "cpu")


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
