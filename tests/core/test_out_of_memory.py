"""Which errors say that memory has run out."""

from __future__ import annotations

import pytest
import torch

from tomaat.out_of_memory import is_out_of_memory, out_of_memory


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 4 GiB"),
        RuntimeError("CUDA error: out of memory"),
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:127] DefaultCPUAllocator: can't allocate memory: you tried to ..."
        ),
        RuntimeError("cuDNN error: CUDNN_STATUS_ALLOC_FAILED"),
        RuntimeError("Exception thrown in SimpleITK: Failed to allocate memory for image."),
    ],
)
def test_these_do(error: Exception) -> None:
    assert is_out_of_memory(error)
    outer = ValueError("the network failed")
    outer.__cause__ = error
    assert is_out_of_memory(outer)


def test_onnxruntime_s_own_exceptions_do() -> None:
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    text = "Available memory of 10 is smaller than requested bytes of 1073741824"
    assert is_out_of_memory(RuntimeException(text))
    assert not is_out_of_memory(RuntimeException("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code"))


@pytest.mark.parametrize(
    "error", [ValueError("out of memory"), RuntimeError("shapes do not match"), KeyError("memory")]
)
def test_others_do_not(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_the_sentence_has_figures() -> None:
    error = RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4294967296 bytes. Error 12")
    told = str(out_of_memory(error, "cpu"))
    assert "of the processor's memory and asked for 4.0 GiB more" in told
    assert "were left" in told
