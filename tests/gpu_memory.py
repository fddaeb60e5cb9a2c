"""What NVIDIA's library says of the first GPU."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pynvml


@contextmanager
def _gpu() -> Iterator[Any]:
    pynvml.nvmlInit()
    try:
        yield pynvml.nvmlDeviceGetHandleByIndex(0)
    finally:
        pynvml.nvmlShutdown()


def used() -> int:
    """Bytes of it that anybody has."""
    with _gpu() as gpu:
        return int(pynvml.nvmlDeviceGetMemoryInfo(gpu).used)


def processes() -> set[int]:
    """Who computes on it."""
    with _gpu() as gpu:
        return {int(process.pid) for process in pynvml.nvmlDeviceGetComputeRunningProcesses(gpu)}
