"""How much memory this machine has for us, how much of it is left, and how much a process has taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil

GIB = 2**30
PROC = Path("/proc")
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
    return _status("VmRSS", process)


def peak(process: int | str = "self") -> int:
    """The most bytes that a process has had at once, since :func:`forget_peak`; 0 as for :func:`resident`."""
    return _status("VmHWM", process)


def forget_peak() -> None:
    """Have :func:`peak` of this process begin anew."""
    with suppress(OSError):
        (PROC / "self/clear_refs").write_text("5", encoding="utf-8")


def _groups() -> Iterator[tuple[int, int]]:
    """The limit of each control group of this process that has one, and what is used of it; both versions of groups."""
    with suppress(OSError, ValueError):
        for line in (PROC / "self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            for limit, used in _LIMITS.get(controllers, ()):
                with suppress(OSError, ValueError):  # "max" is no number: no limit
                    folder = CGROUP / controllers / path.lstrip("/")
                    folder = folder if folder.exists() else CGROUP / controllers  # seen from inside a container
                    yield _number(folder / limit), _number(folder / used)


def _number(path: Path) -> int:
    return int(path.read_text(encoding="utf-8"))


def _status(key: str, process: int | str) -> int:
    """A figure of ``/proc/PID/status`` in bytes; 0 where there is none."""
    with suppress(OSError, StopIteration):
        lines = (PROC / f"{process}/status").read_text(encoding="utf-8").splitlines()
        return int(next(line for line in lines if line.startswith(f"{key}:")).split()[1]) * 1024
    return 0
