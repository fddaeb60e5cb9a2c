"""Where an app computes, and whose turn it is there."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tomaat.context import Context
from tomaat.errors import InvalidInput, WorkerNotStarted
from tomaat.settings import DEVICE
from tomaat.workers.gpus import gpus_of_the_driver

POLL = 0.01
"""Seconds between two looks at a device that another worker holds: short beside any inference."""
FIELD = "device"
"""What a request's choice of a device is called in errors."""


def check_device(device: str) -> None:
    """Raise :class:`InvalidInput` for what can't name a device."""
    if not DEVICE.fullmatch(device):
        raise InvalidInput(f"A device is called cpu, cuda:0, cuda:1, ...; {device[:40]!r} is not.", field=FIELD)


def present_devices() -> list[str]:
    """``cpu``, and the GPUs that a library in this process can use.

    Asks torch, or else onnxruntime; an app that uses neither computes on the processor.
    """
    return ["cpu", *(f"cuda:{number}" for number in range(_gpus()))]


def choose_device(wanted: str, *, asked: bool = False, first: str = "") -> str:
    """``wanted`` if it is there; a GPU if there is one, else ``cpu``, when nothing is wanted.

    :param asked: whether a request wants it, and not the settings.
    :param first: the device to take when nothing is wanted, if it is there.

    Raises :class:`InvalidInput` for a device that a request wants and that is not there, :class:`WorkerNotStarted` for
    one that the settings name.
    """
    if wanted == "cpu":
        return wanted
    present = present_devices()
    if not wanted:
        return first if first in present else preferred(present)
    if wanted in present:
        return wanted
    if asked:
        raise absent(wanted, present)
    raise WorkerNotStarted(f"The settings ask for the device {wanted!r}; this host has {', '.join(present)}.")


def preferred(present: Sequence[str]) -> str:
    """Of these devices, the one for an app that nobody has told where to compute: the first GPU."""
    return next((device for device in present if device != "cpu"), "cpu")


def usual_devices(present: Sequence[str], *, holds_device: bool) -> list[str]:
    """Of these devices, those for an app that nobody has told where to compute: the GPUs, if there are any and it
    computes enough to hold one."""
    return [device for device in present if device != "cpu" and holds_device] or ["cpu"]


def absent(wanted: str, present: Sequence[str]) -> InvalidInput:
    """What to tell a request that wants a device that is not there."""
    return InvalidInput(f"There is no device {wanted!r} for this app; there is: {', '.join(present)}.", field=FIELD)


def _gpus() -> int:
    torch = sys.modules.get("torch")
    if torch is not None:
        return int(torch.cuda.device_count()) if torch.cuda.is_available() else 0
    onnxruntime = sys.modules.get("onnxruntime")
    if onnxruntime is not None and "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        return len(gpus_of_the_driver())  # onnxruntime says what it was built for, and not what there is
    return 0


def device_lock(folder: Path) -> Callable[[Context], AbstractContextManager[None]]:
    """What gives one worker at a time its device.

    A lock on a file, since the system drops it when its holder is killed; a semaphore would stay taken.
    """

    @contextmanager
    def hold(context: Context) -> Iterator[None]:
        path = folder / f"{context.device.replace(':', '-')}.lock"
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            if not _locked(descriptor):
                with context.waiting():
                    _wait(descriptor, context)
            yield
        finally:
            os.close(descriptor)

    return hold


def _wait(descriptor: int, context: Context) -> None:
    while not _locked(descriptor):
        context.check_cancelled()
        time.sleep(POLL)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
