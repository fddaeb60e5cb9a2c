"""Where an app computes, and whose turn it is there."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from tomaat.context import Context
from tomaat.errors import WorkerNotStarted

POLL = 0.01
"""Seconds between two looks at a device that another worker holds: short beside any inference."""


def choose_device(wanted: str) -> str:
    """``wanted`` if it is there; a GPU if there is one, else ``cpu``, when nothing is wanted.

    Asks torch, so an app that does not use torch computes on the processor.
    Raises :class:`WorkerNotStarted` for a device that is not there.
    """
    if wanted == "cpu":
        return wanted
    torch = sys.modules.get("torch")
    count = torch.cuda.device_count() if torch is not None and torch.cuda.is_available() else 0
    if not wanted:
        return "cuda:0" if count else "cpu"
    present = ["cpu", *(f"cuda:{number}" for number in range(count))]
    if wanted not in present:
        raise WorkerNotStarted(f"The settings ask for the device {wanted!r}; this host has {', '.join(present)}.")
    return wanted


def device_lock(folder: Path) -> Callable[[Context], AbstractContextManager[None]]:
    """What gives one worker at a time its device.

    A lock on a file, since the system drops it when its holder is killed; a semaphore would stay taken.
    """

    @contextmanager
    def hold(context: Context) -> Iterator[None]:
        path = folder / f"{context.device.replace(':', '-')}.lock"
        descriptor = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            while not _locked(descriptor):
                context.check_cancelled()
                time.sleep(POLL)
            yield
        finally:
            os.close(descriptor)

    return hold


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
