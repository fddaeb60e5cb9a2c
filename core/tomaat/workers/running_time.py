"""A limit on how long a job may run, which stands still while the job waits for what is not its own fault."""

from __future__ import annotations

import asyncio

LONGEST_WAIT = 3600.0
"""Seconds for which it stands still at most: nothing that a worker says lets a job run for ever."""


class RunningTime:
    """Stops and continues an ``asyncio.timeout``.

    :param timeout: entered, with a limit.
    """

    def __init__(self, timeout: asyncio.Timeout) -> None:
        self._timeout = timeout
        self._left: float | None = None

    def wait(self, waiting: bool) -> None:
        """Stand still, or go on."""
        now, end = asyncio.get_running_loop().time(), self._timeout.when()
        if self._timeout.expired() or end is None or waiting is (self._left is not None):
            return
        if waiting:
            self._left = end - now
            self._timeout.reschedule(now + self._left + LONGEST_WAIT)
        elif self._left is not None:
            self._timeout.reschedule(now + self._left)
            self._left = None
