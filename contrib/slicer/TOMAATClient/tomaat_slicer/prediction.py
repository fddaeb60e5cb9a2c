"""One call of an app, from a filled-in form to files to load, as work for a :class:`~tomaat_slicer.task.Task`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tomaat_slicer.errors import ConnectionFailed, JobFailed
from tomaat_slicer.host import App, Host, OnBytes
from tomaat_slicer.multipart import Part
from tomaat_slicer.results import Result, as_result, downloads, formats_of, href_of, target_of
from tomaat_slicer.task import Task

POLL = 0.5
"""Seconds between two questions how far the job is."""
PAUSES = (0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0)
"""Seconds before each new try when the connection breaks: half a minute in all, in which a host can restart."""
MEGABYTE = 1e6


@dataclass(frozen=True)
class Prediction:
    """Call it with a task; it returns the results.

    The host forgets the job then, and also when the task is cancelled or fails.

    :ivar parts: what :func:`~tomaat_slicer.form.parts_of` made of the form.
    :ivar folder: an empty folder for the results.

    Raises :class:`~tomaat_slicer.errors.Refused` for what the host does not take,
    :class:`~tomaat_slicer.errors.JobFailed`, :class:`~tomaat_slicer.errors.ConnectionFailed` and
    :class:`~tomaat_slicer.errors.Cancelled`.
    """

    host: Host
    app: App
    parts: Sequence[Part]
    folder: Path

    def __call__(self, task: Task) -> list[Result]:
        task.progress(f"Sending to {self.host.address}", 0.0)
        job = self.host.submit(self.app.name, self.parts, formats_of(self.app), _telling(task, "Sending"))
        try:
            return self._fetch(task, self._wait(task, job))
        finally:
            self.host.forget(job["id"])

    def _wait(self, task: Task, job: Mapping[str, Any]) -> Mapping[str, Any]:
        tries = 0
        while job["state"] in ("queued", "running"):
            task.progress(*_state(job))
            task.wait(POLL)
            try:
                job = self.host.job(job["id"])
                tries = 0
            except ConnectionFailed:
                if tries == len(PAUSES):
                    raise
                task.progress("The connection broke. Trying again")
                task.wait(PAUSES[tries])
                tries += 1
        if job["state"] != "succeeded":
            error = job.get("error") or {"detail": "The job was cancelled at the host."}
            raise JobFailed(str(error["detail"]), error.get("field"))
        return job

    def _fetch(self, task: Task, job: Mapping[str, Any]) -> list[Result]:
        found = []
        wanted = downloads(job)
        for result in job["results"]:
            path = None
            if result in wanted:
                path = target_of(result, self.folder)
                self.host.download(href_of(result), path, _telling(task, f"Fetching {result['name']}"))
            task.check_cancelled()
            found.append(as_result(self.app, result, path))
        return found


def _state(job: Mapping[str, Any]) -> tuple[str, float | None]:
    """A job's state as words and a fraction."""
    if job["state"] == "queued":
        position = job.get("position")
        return (f"Waiting, number {position} in the queue" if position else "Waiting"), None
    progress = job.get("progress") or {}
    fraction = float(progress.get("fraction") or 0.0)
    return str(progress.get("message") or "Computing"), fraction or None


def _telling(task: Task, what: str) -> OnBytes:
    """Tell of a transfer's progress, and end it where the task shall stop."""

    def tell(done: int, size: int) -> None:
        if size > MEGABYTE:
            task.progress(f"{what}: {done / MEGABYTE:.0f} of {size / MEGABYTE:.0f} MB", done / size)
        else:
            task.check_cancelled()

    return tell
