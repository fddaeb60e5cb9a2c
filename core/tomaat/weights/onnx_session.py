"""Open an ONNX model with onnxruntime."""

from __future__ import annotations

import logging
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tomaat.cores import threads
from tomaat.errors import WeightsMismatch

if TYPE_CHECKING:
    import onnxruntime

log = logging.getLogger(__name__)

ERRORS_ONLY, FATAL_ONLY = 3, 4
"""How much onnxruntime says: it would warn of every GPU library that a machine without a GPU lacks."""


def open_session(path: Path, device: str) -> onnxruntime.InferenceSession:
    """A session on ``device``, or on the processor where onnxruntime can't use that.

    Raises :class:`WeightsMismatch` for what onnxruntime can't run.
    """
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
        log.warning("onnxruntime refused a model: %s", error)
        raise WeightsMismatch(
            "onnxruntime can't run this model: it is damaged, or uses operators or a version that it does not know."
        ) from None


def on_gpu(session: onnxruntime.InferenceSession) -> bool:
    """Whether a session computes on a GPU."""
    return bool(session.get_providers()[0] == "CUDAExecutionProvider")
