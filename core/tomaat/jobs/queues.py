"""The jobs that wait and those that run, app by app."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from tomaat.jobs.live import LiveJob


class Queues:
    """A queue for each app, in the order in which the jobs came; and how many of its jobs run."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[LiveJob]] = {}
        self._running: dict[str, int] = {}

    def waiting(self, app: str) -> int:
        """How many jobs of this app wait."""
        return len(self._waiting.get(app, ()))

    def running(self, app: str) -> int:
        """How many jobs of this app run."""
        return self._running.get(app, 0)

    def position(self, app: str, job_id: str) -> int | None:
        """How many jobs of its app, itself included, stand before this one's turn; ``None`` unless it waits."""
        for place, live in enumerate(self._waiting.get(app, ()), start=1):
            if live.job.id == job_id:
                return place
        return None

    def add(self, live: LiveJob) -> None:
        """Put a job at the end of its app's queue."""
        self._waiting.setdefault(live.job.app, deque()).append(live)

    def remove(self, live: LiveJob) -> bool:
        """Take a job out of its queue; whether it was in it."""
        queue = self._waiting.get(live.job.app, deque())
        if live not in queue:
            return False
        queue.remove(live)
        return True

    def next(self, app: str) -> LiveJob:
        """The job of this app that has waited longest; it counts as running from now on, until :meth:`ended`."""
        live = self._waiting[app].popleft()
        self._running[app] = self.running(app) + 1
        return live

    def ended(self, app: str) -> None:
        """A job of this app has stopped running."""
        self._running[app] -= 1

    def of(self, app: str) -> Iterator[LiveJob]:
        """The jobs of this app that wait, in their order."""
        return iter(tuple(self._waiting.get(app, ())))

    def all(self) -> Iterator[LiveJob]:
        """All jobs that wait."""
        for app in tuple(self._waiting):
            yield from self.of(app)
