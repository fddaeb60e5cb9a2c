"""Jobs go: their rows, their folders, and what they took of the disk."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence

from tomaat.errors import Unavailable
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.live import LiveJob
from tomaat.jobs.space import Space
from tomaat.jobs.store import JobStore
from tomaat.jobs.tasks import Tasks

log = logging.getLogger(__name__)

GATHER = 0.1
"""Seconds for which jobs to be forgotten are gathered."""
SWEEP = 5.0
"""Seconds between two looks for results that have expired."""
RECOUNT = 60.0
"""Seconds between two looks at what all jobs have on the disk."""


class Removal:
    """Removes jobs that have ended: at once, soon, or when they expire.

    :param retention: seconds for which results are kept.
    :param live: the jobs in memory, by id.
    """

    def __init__(
        self, retention: float, store: JobStore, folders: JobFolders, space: Space, live: dict[str, LiveJob]
    ) -> None:
        self._pause = min(SWEEP, max(retention, 0.1))
        self._store = store
        self._folders = folders
        self._space = space
        self._live = live
        self._tasks = Tasks()
        self._soon: list[str] = []

    def start(self) -> None:
        """Begin to remove what has expired."""
        self._tasks.spawn(self._sweep())
        self._tasks.spawn(self._recount())

    async def stop(self) -> None:
        """Remove what was to be removed soon, and nothing more."""
        await self._tasks.cancel()

    async def remove(self, job_ids: Sequence[str]) -> None:
        """Remove jobs, now."""
        await self._store.forget(job_ids)
        for job_id in job_ids:
            self._live.pop(job_id, None)
        await asyncio.to_thread(self._folders.remove, job_ids)
        self._space.drop(job_ids)

    def remove_soon(self, job_id: str) -> None:
        """Remove a job in a moment. Many at once cost little more than one."""
        if not self._soon:
            self._tasks.spawn(self._remove_gathered())
        self._soon.append(job_id)

    async def _remove_gathered(self) -> None:
        try:
            await asyncio.sleep(GATHER)
        finally:  # at a stop, too
            job_ids, self._soon = self._soon, []
            await self.remove(job_ids)

    async def _sweep(self) -> None:
        while True:
            try:
                if expired := await self._store.expired(time.time()):
                    await self.remove([job.id for job in expired])
            except Unavailable:
                pass  # logged where it happened; the next look comes soon
            except Exception:
                log.exception("expired results could not be removed; trying again")
            await asyncio.sleep(self._pause)

    async def _recount(self) -> None:
        while True:
            await asyncio.sleep(RECOUNT)
            try:
                await self._space.recount()
            except OSError:
                log.exception("what jobs have on the disk could not be counted; trying again")
