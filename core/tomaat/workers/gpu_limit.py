"""A GPU's memory, limited for this process: torch then says itself that there is no more."""

from __future__ import annotations

import sys
from contextlib import suppress

OWN = 768 * 2**20
"""Bytes of a share that are left to CUDA itself, its libraries and their kernels: what was seen, and some more."""
LEAST = 64 * 2**20


class GpuLimit:
    """What torch may take of a worker's GPU; nothing on the processor.

    It also holds for a job that is the first to use the GPU, and does not make others use it: CUDA would take half a
    gigabyte of it for nothing.

    :ivar device: where the worker computes.
    """

    def __init__(self, device: str) -> None:
        self.device = device
        self._bytes = 0
        torch = sys.modules.get("torch")
        if device != "cpu" and torch is not None and torch.cuda.is_available():
            with suppress(AttributeError):  # it is no public API: what must happen when CUDA begins
                torch.cuda._lazy_call(self._apply)

    def limit(self, share: int) -> int:
        """Have torch take no more than ``share``, with what CUDA takes for itself; 0 stands for all that there is.

        Returns the bytes that are left to tensors; 0 where nothing is limited.
        """
        self._bytes = max(share - OWN, LEAST) if share and self.device != "cpu" else 0
        torch = sys.modules.get("torch")
        if self.device != "cpu" and torch is not None and torch.cuda.is_initialized():
            self._apply()
        return self._bytes

    def _apply(self) -> None:
        torch = sys.modules["torch"]
        total = int(torch.cuda.get_device_properties(self.device).total_memory)
        part = min(self._bytes, total) / total if self._bytes else 1.0
        torch.cuda.set_per_process_memory_fraction(part, torch.device(self.device))
