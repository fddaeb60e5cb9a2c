"""How long the command line takes to say what it can do."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from measuring import Figure, benchmark, median

TOMAAT = Path(sys.executable).with_name("tomaat")


@benchmark(repetitions=10)
def main(repetitions: int) -> list[Figure]:
    """``tomaat --help`` beside a Python that does nothing, in turns; medians."""
    commands = ([str(TOMAAT), "--help"], [sys.executable, "-c", "pass"])
    for command in commands:
        _seconds(command)  # files are in the system's cache now
    rounds = [[_seconds(command) for command in commands] for _ in range(repetitions)]
    ours, theirs = (median(column) for column in zip(*rounds, strict=True))
    return [Figure("tomaat --help", ours, "s", "python -c pass", theirs, limit=0.3)]


def _seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, capture_output=True, check=True)
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
