"""What all benchmarks share: figures and their table, quantiles, and what the system knows of a process tree."""

from __future__ import annotations

import functools
import json
import os
import re
import signal
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import click
from rich.console import Console
from rich.table import Table

WIDTH = 150
"""Columns of a table that does not go to a terminal."""
LONGEST = 900
"""Seconds after which a script ends by itself, whatever hangs."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    :ivar beside: what ``peer`` took for the same, measured in the same run.
    :ivar limit: what ``ours`` has to stay below.
    :ivar most: what ``ours`` may be at most as a multiple of ``beside``.
    """

    what: str
    ours: float
    unit: str
    peer: str = ""
    beside: float | None = None
    limit: float | None = None
    most: float | None = None

    @property
    def ratio(self) -> float | None:
        """Ours by theirs."""
        return self.ours / self.beside if self.beside else None

    @property
    def wanted(self) -> str:
        """The limit, for people."""
        if self.limit is not None:
            return f"< {shown(self.limit, self.unit)}"
        return f"ratio ≤ {self.most:g}" if self.most is not None else ""

    @property
    def ok(self) -> bool | None:
        """Whether the limit is kept; ``None`` where there is none, or nothing to compare with."""
        if self.limit is not None:
            return self.ours < self.limit
        if self.most is None or self.ratio is None:
            return None
        return self.ratio <= self.most

    def as_json(self) -> dict[str, object]:
        """For ``--json``: all of the above."""
        return asdict(self) | {"ratio": self.ratio, "wanted": self.wanted, "ok": self.ok}


def shown(value: float, unit: str) -> str:
    """A value with its unit and three digits that mean something."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2
    return f"{value:,.{digits}f} {unit}".rstrip()


def quantile(values: Sequence[float], fraction: float) -> float:
    """The value that so many of the values do not exceed."""
    return sorted(values)[min(len(values) - 1, int(fraction * len(values)))]


def median(values: Sequence[float]) -> float:
    """The value in the middle."""
    return statistics.median(values)


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    table = Table("what", "ours", "beside it", "ratio", "wanted", "ok")
    for figure in figures:
        beside = f"{shown(figure.beside, figure.unit)} ({figure.peer})" if figure.beside is not None else "-"
        table.add_row(
            figure.what,
            shown(figure.ours, figure.unit),
            beside,
            f"{figure.ratio:.2f}" if figure.ratio is not None else "-",
            figure.wanted or "-",
            {True: "yes", False: "NO", None: "-"}[figure.ok],
        )
    console = Console()
    (console if console.is_terminal else Console(width=WIDTH)).print(table)


def machine() -> str:
    """Where and under what load these figures were taken."""
    model = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{model[1] if model else 'unknown processor'}, {os.cpu_count()} cores, load average {load}"


Measure = Callable[[int], list[Figure]]


def benchmark(*, repetitions: int) -> Callable[[Measure], click.Command]:
    """Make a function that measures so many times a command that prints a table.

    :param repetitions: unless the command line says otherwise.
    """

    def decorate(measure: Measure) -> click.Command:
        @click.command(help=measure.__doc__)
        @click.option("--repetitions", type=click.IntRange(min=1), default=repetitions, show_default=True)
        @click.option("--json", "target", type=click.Path(path_type=Path), help="Also write the figures to this file.")
        @functools.wraps(measure)
        def command(repetitions: int, target: Path | None) -> None:
            signal.signal(signal.SIGALRM, _too_long)
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # not without cleaning up
            signal.alarm(LONGEST)
            figures = measure(repetitions)
            click.echo(machine())
            show(figures)
            if target:
                target.write_text(json.dumps([figure.as_json() for figure in figures], indent=2))

        return command

    return decorate


def _too_long(number: int, frame: FrameType | None) -> None:
    # An exception and not a kill: hosts and folders are still cleaned up
    raise TimeoutError(f"the benchmark ran longer than {LONGEST} s")


def process_tree(pid: int) -> list[int]:
    """A process and all that it and its children have started, as far as they still run."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (fields := _stat(int(folder.name))):
            children.setdefault(int(fields[1]), []).append(int(folder.name))
    tree = [pid]
    for member in tree:  # grows while it is walked
        tree.extend(children.get(member, ()))
    return tree


def processor_seconds(pid: int) -> float:
    """Processor time that a process tree has used, user and system."""
    stats = [_stat(member) for member in process_tree(pid)]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats if fields) / TICKS


def _stat(pid: int) -> list[str]:
    """The fields of ``/proc/PID/stat`` from the state on: the name before it may have blanks in it."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return []


def reset_peak(pid: int) -> int:
    """Begin a new peak of a process's memory; returns the bytes that it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return resident(pid)


def resident(pid: int) -> int:
    """Bytes that a process has in memory now."""
    return _memory(pid, "VmRSS")


def peak_memory(pid: int) -> int:
    """The most bytes that the process, without its children, has had since :func:`reset_peak`."""
    return _memory(pid, "VmHWM")


def _memory(pid: int, key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB$", Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise RuntimeError(f"/proc/{pid}/status says nothing of {key}")
    return int(found[1]) * 1024


def maps(pid: int, library: str) -> bool:
    """Whether a process has a library in its memory."""
    return library in Path(f"/proc/{pid}/maps").read_text(encoding="utf-8")
