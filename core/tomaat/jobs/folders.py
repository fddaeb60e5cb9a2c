"""The jobs' folders: uploads, results and scratch space, each job in its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from tomaat.workers.work import INPUTS, RESULTS, SCRATCH


class JobFolders:
    """All that jobs have on disk, under one folder that only the host's user can read."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(parents=True, exist_ok=True, mode=0o700)

    def of(self, job_id: str) -> Path:
        """A job's folder."""
        return self.root / job_id

    def make(self, job_id: str) -> Path:
        """Make a job's folder; returns the folder for its uploads, which the first of them makes."""
        folder = self.of(job_id)
        folder.mkdir(mode=0o700)
        return folder / INPUTS

    def result(self, job_id: str, file: str) -> Path:
        """A result's file."""
        return self.of(job_id) / RESULTS / file

    def clear_results(self, job_id: str) -> None:
        """Remove what an interrupted run left, before the job is run again."""
        for name in (RESULTS, SCRATCH):
            shutil.rmtree(self.of(job_id) / name, ignore_errors=True)

    def drop_inputs(self, job_id: str) -> None:
        """Remove a patient's images as soon as they are no longer needed."""
        for name in (INPUTS, SCRATCH):
            shutil.rmtree(self.of(job_id) / name, ignore_errors=True)

    def remove(self, job_ids: Iterable[str]) -> None:
        """Remove all of these jobs."""
        for job_id in job_ids:
            shutil.rmtree(self.of(job_id), ignore_errors=True)

    def remove_others(self, job_ids: Iterable[str]) -> None:
        """Remove folders of no known job: uploads that were cut off by a kill of the host."""
        known = set(job_ids)
        for folder in self.root.iterdir():
            if folder.name not in known:
                shutil.rmtree(folder, ignore_errors=True)
