"""What a running host holds: memory, descriptors, processes, files. Drills compare it before and after."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from calls import processes
from hosts import RunningHost

MIB = 2**20


@dataclass(frozen=True)
class Vitals:
    """What a host holds at one moment.

    :ivar memory: bytes of the host's own process.
    :ivar descriptors: what they lead to, in words, with those numbers left out that change by themselves.
    :ivar processes: ids of all that it has started.
    :ivar folders: of jobs.
    """

    memory: int
    descriptors: tuple[str, ...]
    processes: frozenset[int]
    folders: tuple[str, ...]


def vitals(host: RunningHost) -> Vitals:
    """What the host holds now."""
    pid = host.process.pid
    return Vitals(memory(pid), descriptors(pid), frozenset(processes(host)), tuple(host.job_folders))


def memory(pid: int) -> int:
    """Bytes that a process has in memory."""
    found = re.search(r"^VmRSS:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.MULTILINE)
    assert found, "it is gone"
    return int(found[1]) * 1024


def descriptors(pid: int) -> tuple[str, ...]:
    """What a process has open, by kind: ``socket``, ``pipe``, or a file's path."""
    found = []
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        try:
            found.append(re.sub(r":\[\d+\]", "", os.readlink(entry)))
        except OSError:
            continue  # closed meanwhile
    return tuple(sorted(found))
