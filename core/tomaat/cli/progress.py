"""How far an upload and a job are: bars on a terminal, a line for each change elsewhere. On stderr, always."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Protocol, Self

import click

from tomaat.client import JobView


class Display(Protocol):
    """What shows the progress of one call."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def upload(self, sent: int, total: int) -> None: ...

    def job(self, job: JobView) -> None: ...


def display(*, quiet: bool) -> Display:
    """The display that fits what stderr is."""
    if quiet:
        return Silence()
    return Bars() if sys.stderr.isatty() else Lines()


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        return None

    def upload(self, sent: int, total: int) -> None:
        """Shows nothing."""

    def job(self, job: JobView) -> None:
        """Shows nothing."""


class Lines(Silence):
    """A line for each change, for logs."""

    def __init__(self) -> None:
        self._last = ""

    def upload(self, sent: int, total: int) -> None:
        self._say(f"uploading {_size(total)}")

    def job(self, job: JobView) -> None:
        self._say(_state(job))

    def _say(self, line: str) -> None:
        if line != self._last:
            click.echo(line, err=True)
            self._last = line


class Bars(Silence):
    """A bar for the upload, and one for the job."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}", markup=False),
            console=Console(stderr=True),
        )
        self._upload = self._progress.add_task("Upload", total=None, visible=False, words="")
        self._job = self._progress.add_task("Job   ", total=None, start=False, visible=False, words="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._progress.stop()

    def upload(self, sent: int, total: int) -> None:
        self._progress.update(self._upload, completed=sent, total=total, visible=True, words=_size(total))

    def job(self, job: JobView) -> None:
        if job.state != "queued":
            self._progress.start_task(self._job)
        done = 1.0 if job.state == "succeeded" else job.fraction
        # without any progress of its own, a bar that pulses says more than one that stands at nothing
        total = 1.0 if done > 0 or job.ended else None
        self._progress.update(self._job, completed=done, total=total, visible=True, words=_state(job))


def _state(job: JobView) -> str:
    if job.state == "queued" and job.position:
        return f"queued, position {job.position}"
    if job.state == "running":
        percent = f"{job.fraction:.0%}" if job.fraction else ""
        return " ".join(part for part in ("running", percent, job.message) if part)
    return job.state


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.1f} kB"
