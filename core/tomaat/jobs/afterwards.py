"""What is done about a job when its client has been answered: it is counted, logged, traced."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tomaat.jobs.job import Job

MOMENT = 0.002
"""Seconds for which it waits: the client's next call gets its worker first."""


class Afterwards:
    """Tells of jobs that have ended, a moment later.

    :param tell: is told of each.
    """

    def __init__(self, tell: Callable[[Job], None]) -> None:
        self._tell = tell
        self._ended: list[Job] = []

    def add(self, job: Job) -> None:
        """A job has ended."""
        if not self._ended:
            asyncio.get_running_loop().call_later(MOMENT, self.tell)
        self._ended.append(job)

    def tell(self) -> None:
        """Tell now of all that have ended."""
        ended, self._ended = self._ended, []
        for job in ended:
            self._tell(job)
