"""What memory a worker's jobs take: measured in the worker, at the end of each."""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from tomaat.memory import forget_peak, peak

CONTEXT = 512 * 2**20
"""Bytes that CUDA itself takes of a GPU for each process, where the driver does not tell: 0.3 to 0.6 GB on all that
were looked at."""


@dataclass(frozen=True)
class MemoryUse:
    """The most that a worker has had at once while it did one job.

    :ivar rss: bytes of processor memory, with the processes that it has started.
    :ivar device: bytes of the GPU's memory; 0 where it computes on the processor.
    """

    rss: int
    device: int = 0

    def as_json(self) -> dict[str, int]:
        return dict(vars(self))


class Meter:
    """Measures one job: from when it is made, which may be before the job comes, until :meth:`read`.

    :param device: where the job computes.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        forget_peak()
        torch = _torch_on(device)
        if torch is not None:
            torch.cuda.reset_peak_memory_stats(device)

    def read(self) -> MemoryUse:
        """The peak until now."""
        return MemoryUse(peak() + _children(), _on_gpu(self._device))


def _children() -> int:
    """The peaks of the processes that this one has started: of those that run, and the largest that has ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:  # there are none: to look through all processes would take longer than many a job
        return ended
    with suppress(psutil.Error):
        return max(sum(peak(child.pid) for child in psutil.Process().children(recursive=True)), ended)
    return ended


def _on_gpu(device: str) -> int:
    """Bytes of the GPU: what torch reserved at its peak and CUDA's own, or what the driver says, if that is more.

    The driver tells of this moment only; but onnxruntime, which does not tell at all, keeps what it had at its peak.
    """
    if device == "cpu":
        return 0
    torch = _torch_on(device)
    reserved = int(torch.cuda.max_memory_reserved(device)) if torch is not None else 0
    seen = _seen_by_the_driver()
    if torch is None:
        return seen
    now = int(torch.cuda.memory_reserved(device))
    return reserved + (max(seen - now, 0) if seen else CONTEXT)


def _torch_on(device: str) -> Any:
    """torch, if this process computes on a GPU with it."""
    torch = sys.modules.get("torch")
    if torch is None or device == "cpu" or not torch.cuda.is_initialized():
        return None
    return torch


def _seen_by_the_driver() -> int:
    """Bytes that this process has of all GPUs, as NVIDIA's library says; 0 where it does not know the process: in a
    container it may know it by another number."""
    with suppress(Exception):  # not installed, no driver, no permission: each has an error of its own
        import pynvml

        pynvml.nvmlInit()
        try:
            gpus = [pynvml.nvmlDeviceGetHandleByIndex(number) for number in range(pynvml.nvmlDeviceGetCount())]
            running = [one for gpu in gpus for one in pynvml.nvmlDeviceGetComputeRunningProcesses(gpu)]
            return sum(int(one.usedGpuMemory or 0) for one in running if one.pid == os.getpid())
        finally:
            pynvml.nvmlShutdown()
    return 0
