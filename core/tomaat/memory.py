"""How much memory this machine has for us, how much of it is left, and how much a process has taken."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

GIB = 2**30
PAGE = os.sysconf("SC_PAGE_SIZE")
CGROUP = Path("/sys/fs/cgroup")
_LIMITS = {
    "": [("memory.max", "memory.current")],
    "memory": [("memory.limit_in_bytes", "memory.usage_in_bytes")],
}
"""By controller, as ``/proc/self/cgroup`` names it: the files of control groups version 2, and 1."""


def machine_memory() -> int:
    """Bytes that the machine has, or that the control group of this process may have, if that is less."""
    return min([int(psutil.virtual_memory().total), *(limit for limit, _ in _groups() if limit > 0)])


def machine_left() -> int:
    """Bytes that nobody has taken yet of what :func:`machine_memory` says."""
    free = int(psutil.virtual_memory().available)
    return min([free, *(max(limit - used, 0) for limit, used in _groups())])


def resident(process: int | str = "self") -> int:
    """Bytes of memory that a process has; 0 where the system does not tell, or the process is gone."""
    with suppress(OSError, IndexError):
        return int(_content(f"/proc/{process}/statm").split()[1]) * PAGE  # a tenth of what status costs
    return 0


def peak(process: int | str = "self") -> int:
    """The most bytes that a process has had at once, since :func:`forget_peak`; 0 as for :func:`resident`."""
    with suppress(OSError, ValueError):
        content = _content(f"/proc/{process}/status")
        return int(content[content.index(b"VmHWM:") + 6 :].split(None, 1)[0]) * 1024
    return 0


def forget_peak() -> None:
    """Have :func:`peak` of this process begin anew."""
    with suppress(OSError):
        descriptor = os.open("/proc/self/clear_refs", os.O_WRONLY)
        try:
            os.write(descriptor, b"5")
        finally:
            os.close(descriptor)


def _content(path: str) -> bytes:
    """A short file of the system's; every job asks for some, and a file object takes as long as the system does."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, 2**14)
    finally:
        os.close(descriptor)


def _groups() -> Iterator[tuple[int, int]]:
    """The limit of each control group of this process that has one, and what is used of it; both versions of groups."""
    with suppress(OSError, ValueError):
        for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            for limit, used in _LIMITS.get(controllers, ()):
                with suppress(OSError, ValueError):  # "max" is no number: no limit
                    folder = CGROUP / controllers / path.lstrip("/")
                    folder = folder if folder.exists() else CGROUP / controllers  # seen from inside a container
                    yield _number(folder / limit), _number(folder / used)


def _number(path: Path) -> int:
    return int(path.read_text(encoding="utf-8"))
