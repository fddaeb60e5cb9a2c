"""A job that this host is running or has queued, and those who watch it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tomaat.jobs.job import Job


class LiveJob:
    """A job in memory. Watchers are woken on each change; a slow one sees the newest state, not every step."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.cancelled = False
        self._changed = asyncio.Event()

    def report(self, fraction: float, message: str) -> None:
        """Take in progress from a worker; it never goes back."""
        self.job.fraction = max(self.job.fraction, fraction)
        self.job.message = message
        self.notify()

    def notify(self) -> None:
        """Wake all watchers."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changes(self) -> AsyncIterator[Job]:
        """The job now, then after each change, until it has ended."""
        while True:
            changed = self._changed
            yield self.job
            if self.job.state.final:
                return
            await changed.wait()

    async def ended(self) -> Job:
        """The job, once it has ended."""
        async for job in self.changes():
            pass
        return job
