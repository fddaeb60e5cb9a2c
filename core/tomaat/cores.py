"""How many processor cores this process may use, and how many threads compute on them."""

from __future__ import annotations

import math
import os
import sys
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MEMBERSHIP = Path("/proc/self/cgroup")
VARIABLE = "OMP_NUM_THREADS"
"""What OpenMP, and so torch and numpy, takes its number of threads from."""
ITK_VARIABLE = "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS"


def threads() -> int:
    """Threads that a computation here should have: what the environment says, else a thread for each usable core."""
    said = os.environ.get(VARIABLE, "")
    return int(said) if said.isdigit() and int(said) else usable_cores()


def use_threads(count: int) -> None:
    """Have the libraries in this process, and those that are still to come, compute with so many threads.

    :param count: as many as :func:`threads` says when 0.
    """
    count = count or threads()
    os.environ |= {VARIABLE: str(count), ITK_VARIABLE: str(count)}
    torch = sys.modules.get("torch")
    if torch is not None:  # it has read the variable long ago
        torch.set_num_threads(count)


def usable_cores(cgroups: Path = CGROUPS, membership: Path = MEMBERSHIP) -> int:
    """The cores that the scheduler may put this process on, less where its control group has a quota of time.

    A container with two cores' time on a machine of sixty-four has two: sixty-four threads would wait for each other.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min([cores, *map(math.ceil, _quotas(cgroups, membership))]))


def _quotas(cgroups: Path, membership: Path) -> list[float]:
    """The cores' worth of time of each control group that this process is in; none for a group without a limit."""
    found = []
    for line in _lines(membership):
        _, controllers, group = line.split(":", 2)
        root = cgroups / controllers if controllers else cgroups
        if controllers and "cpu" not in controllers.split(","):
            continue
        folder = root / group.lstrip("/")
        # In a container the path is often the one outside of it, so the root is looked at as well.
        for place in {folder, *(parent for parent in folder.parents if parent.is_relative_to(root)), root}:
            found += _quota(place)
    return found


def _quota(folder: Path) -> list[float]:
    """From version 2 (``cpu.max``) or version 1 (``cpu.cfs_*_us``) of control groups."""
    words = " ".join(_lines(folder / "cpu.max")).split()
    if not words:
        words = [*_lines(folder / "cpu.cfs_quota_us"), *_lines(folder / "cpu.cfs_period_us")]
    try:
        quota, period = map(int, words)
    except ValueError:  # "max", or nothing there
        return []
    return [quota / period] if quota > 0 and period > 0 else []


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
