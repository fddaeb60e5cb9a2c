"""The jobs' folders: uploads, results and scratch space, each job in its own."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Collection, Iterable
from pathlib import Path

from tomaat.errors import SettingsError
from tomaat.jobs.job import Job
from tomaat.workers.work import INPUTS, RESULTS, SCRATCH

log = logging.getLogger(__name__)


class JobFolders:
    """All that jobs have on disk, under one folder that only the host's user can read."""

    def __init__(self, root: Path) -> None:
        """Raises :class:`SettingsError` where there can be no such folder."""
        self.root = root
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            root.chmod(0o700)
        except OSError as error:
            raise SettingsError(
                f"The folder {root.name} of the data folder can't be used: {error.strerror}."
            ) from error

    def of(self, job_id: str) -> Path:
        """A job's folder."""
        if "/" in job_id or job_id in ("", ".", ".."):  # of a row that no host has written
            raise ValueError("no job is called so")
        return self.root / job_id

    def make(self, job_id: str) -> None:
        """Make a job's folder, unless its uploads have made it."""
        self.of(job_id).mkdir(mode=0o700, exist_ok=True)

    def inputs(self, job_id: str) -> Path:
        """The folder for a job's uploads, which the first of them makes."""
        return self.of(job_id) / INPUTS

    def input(self, job_id: str, file: str) -> Path:
        """An upload's file."""
        return self.inputs(job_id) / file

    def result(self, job_id: str, file: str) -> Path:
        """A result's file."""
        return self.of(job_id) / RESULTS / file

    def lost(self, job: Job) -> str:
        """What a job needs that is not there any more, as a sentence; empty where it can be run."""
        files = (received.file for received in job.inputs.values() if received.file)
        if all((self.of(job.id) / INPUTS / file).is_file() for file in files):
            return ""
        return "The job's uploads have gone from the host's disk before it was run. Submit it again."

    def sync_inputs(self, job: Job) -> None:
        """Have a job's uploads on the disk, where they outlive a power cut."""
        _sync(self.of(job.id) / INPUTS, [received.file for received in job.inputs.values() if received.file])

    def sync_results(self, job: Job) -> None:
        """Have a job's results on the disk, where they outlive a power cut."""
        _sync(self.of(job.id) / RESULTS, [result.file for result in job.results])

    def clear_results(self, job_id: str) -> None:
        """Remove what an interrupted run left, before the job is run again."""
        for name in (RESULTS, SCRATCH):
            _remove(self.of(job_id) / name)

    def drop_inputs(self, job_id: str, *, keep: bool = False) -> None:
        """Remove a patient's images as soon as they are no longer needed.

        :param keep: leave the uploads themselves, and what was made of them.
        """
        for name in (SCRATCH,) if keep else (INPUTS, SCRATCH):
            _remove(self.of(job_id) / name)

    def remove(self, job_ids: Iterable[str]) -> None:
        """Remove all of these jobs."""
        for job_id in job_ids:
            _remove(self.of(job_id))

    def clean(self, known: Collection[str], live: Collection[str], keeping: Collection[str] = ()) -> None:
        """Remove what a kill of the host left: uploads that were cut off, folders of jobs that were forgotten, and the
        inputs of jobs that had just ended.

        :param known: the jobs that there are.
        :param live: those of them that have not ended.
        :param keeping: those of them whose uploads are kept when they have.
        """
        for folder in self.root.iterdir():
            if folder.name not in known:
                _remove(folder)
            elif folder.name not in live:
                self.drop_inputs(folder.name, keep=folder.name in keeping)


def _remove(path: Path) -> None:
    """Remove a folder, or whatever lies in its place. What can't be removed is said; the next start tries again."""
    failed: list[BaseException] = []
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, onerror=lambda *told: failed.append(told[2][1]))
        else:
            path.unlink(missing_ok=True)
    except NotADirectoryError:  # a file lies in the place of the folder that it would be in
        pass
    except OSError as error:
        failed.append(error)
    if lasting := [error for error in failed if not isinstance(error, FileNotFoundError)]:
        log.error("files of a job could not be removed: %s", getattr(lasting[0], "strerror", lasting[0]))


def _sync(folder: Path, files: Collection[str]) -> None:
    for path in [*(folder / file for file in files), *([folder, folder.parent, folder.parent.parent] if files else [])]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
