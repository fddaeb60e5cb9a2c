"""Scripts that serve."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from running_scripts import RunningScript, StartScript


@pytest.fixture
def start_script(tmp_path: Path) -> Iterator[StartScript]:
    """Start a script; it is stopped at the end. A second one starts in the same folder."""
    started: list[RunningScript] = []

    def start(*command: str, wait: bool = True, **environment: str) -> RunningScript:
        running = RunningScript(tmp_path / "work", command, environment)
        started.append(running)
        if wait:
            running.start()
        else:
            running.begin()
        return running

    yield start
    for running in started:
        running.stop()
