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
        self._let_go = False
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

    def let_go(self) -> None:
        """Tell watchers for the last time: the host stops, and whatever comes of the job comes of it later."""
        self._let_go = True
        self.notify()

    async def changes(self, silence: float) -> AsyncIterator[Job | None]:
        """The job now, then after each change, until it has ended or the host stops; ``None`` after so many seconds
        without one."""
        job: Job | None = self.job
        while True:
            changed = self._changed
            yield job
            if (self.job.state.final or self._let_go) and job is not None:
                return
            try:
                async with asyncio.timeout(silence):
                    await changed.wait()
                job = self.job
            except TimeoutError:
                job = None

    async def ended(self) -> Job:
        """The job, once it has ended."""
        while not self.job.state.final:
            await self._changed.wait()
        return self.job
