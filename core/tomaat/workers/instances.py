"""The workers that there are."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from tomaat.workers.executor import InstanceState
from tomaat.workers.worker import Worker


class Instances:
    """The workers of all apps, those that were started first at the beginning."""

    def __init__(self) -> None:
        self._workers: list[Worker] = []
        self._changed = asyncio.Event()

    def __iter__(self) -> Iterator[Worker]:
        return iter(tuple(self._workers))

    def of(self, app: str) -> list[Worker]:
        """This app's workers."""
        return [worker for worker in self._workers if worker.app == app]

    def staying(self, app: str) -> list[Worker]:
        """This app's workers without those that end."""
        return [worker for worker in self.of(app) if worker.state is not InstanceState.STOPPING]

    def starting(self, app: str, device: str) -> list[Worker]:
        """This app's workers that are being started on this device."""
        return [
            worker
            for worker in self.of(app)
            if worker.state is InstanceState.STARTING and (not device or worker.assignment.device in (device, ""))
        ]

    def free(self, app: str, device: str) -> Worker | None:
        """The worker on this device that can take one more job and was used last; ``None`` if there is none.

        :param device: any, when empty; but not the processor where an app may have a GPU.
        """
        able = [worker for worker in self.of(app) if worker.free and device in ("", worker.device)]
        if not device:
            able = [worker for worker in able if worker.device in worker.usual]
        return max(able, key=lambda worker: worker.used, default=None)

    def oldest_idle(self, chosen: Callable[[Worker], bool]) -> Worker | None:
        """Of the idle workers that ``chosen`` says, the one that was used the longest ago."""
        idle = [worker for worker in self._workers if worker.idle and chosen(worker)]
        return min(idle, key=lambda worker: worker.used, default=None)

    def add(self, worker: Worker) -> None:
        """There is one more."""
        self._workers.append(worker)
        self.notify()

    def remove(self, worker: Worker) -> None:
        """It is gone."""
        if worker in self._workers:
            self._workers.remove(worker)
            self.notify()

    def notify(self) -> None:
        """Wake those who wait for a change."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Wait until a worker was added, has ended, or has become idle."""
        await self._changed.wait()
