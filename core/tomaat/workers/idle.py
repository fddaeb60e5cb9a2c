"""Workers that wait for a job."""

from __future__ import annotations

import time
from collections.abc import Callable

from tomaat.workers.worker import Worker


class IdleWorkers:
    """The idle workers of all apps, those that worked last at the end."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []

    def count(self, app: str) -> int:
        """How many workers of this app are idle."""
        return sum(worker.assignment.app == app for worker in self._workers)

    def add(self, worker: Worker) -> None:
        """This worker waits from now on."""
        worker.idle_since = time.monotonic()
        self._workers.append(worker)

    def take(self, app: str, device: str) -> Worker | None:
        """The app's worker on this device that worked last, which is idle no more; ``None`` if there is none."""
        for worker in reversed(self._workers):
            if (worker.assignment.app, worker.device) == (app, device):
                self._workers.remove(worker)
                return worker
        return None

    def take_oldest(self, app: str) -> Worker | None:
        """The app's worker that has been idle for the longest, on whatever device, which is idle no more."""
        oldest = next((worker for worker in self._workers if worker.assignment.app == app), None)
        if oldest is not None:
            self._workers.remove(oldest)
        return oldest

    def take_all(self, chosen: Callable[[Worker], bool] = lambda worker: True) -> list[Worker]:
        """The workers that ``chosen`` says, which are idle no more."""
        taken = [worker for worker in self._workers if chosen(worker)]
        self._workers = [worker for worker in self._workers if worker not in taken]
        return taken
