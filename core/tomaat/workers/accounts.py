"""The memory of all workers: what they take, what there is, who may start, and what each job may have."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.errors import OutOfMemory
from tomaat.settings import Settings
from tomaat.workers.budgets import CPU, budgets
from tomaat.workers.executor import InstanceState, Outcome
from tomaat.workers.gpus import find_gpus
from tomaat.workers.measured import Measured, MeasuredMemory
from tomaat.workers.metering import CONTEXT, MemoryUse
from tomaat.workers.room import GB, Holder, Room
from tomaat.workers.second_tries import Run, run_in_memory
from tomaat.workers.work import Work
from tomaat.workers.worker import Worker

log = logging.getLogger(__name__)

LEAST = 100 * 2**20
"""Bytes of processor memory that every worker takes, measured or not."""

OFTEN = 1.0
"""Seconds between two looks at what all processes have, as long as jobs take what they have always taken."""


class Accounts:
    """Keeps them.

    :param workers: all that there are.
    :param spare: whether a worker may be ended for others.
    :param evict: as for :class:`tomaat.workers.room.Room`.
    """

    def __init__(
        self,
        settings: Settings,
        database: Database | None,
        workers: Iterable[Worker],
        spare: Callable[[Worker], bool],
        evict: Callable[[str], Awaitable[bool]],
    ) -> None:
        self._settings = settings
        self._workers = workers
        self._spare = spare
        self._apps: Mapping[str, AppDescription] = {}
        self._measured = MeasuredMemory(database)
        self._room = Room({}, self._holders, evict)
        self._ready: asyncio.Task[None] | None = None
        self._noting: set[asyncio.Task[None]] = set()
        self._balanced = -math.inf

    def start(self) -> None:
        """Find out what there is and what is known, without holding up the host's start."""
        self._ready = asyncio.create_task(self._prepare())

    async def stop(self) -> None:
        """Finish what is being written down."""
        tasks = [task for task in (self._ready, *self._noting) if task]
        await asyncio.gather(*tasks, return_exceptions=True)

    def serve(self, apps: Mapping[str, AppDescription]) -> None:
        """These are the apps from now on."""
        self._apps = apps

    def changed(self) -> None:
        """A worker has ended or is idle."""
        self._room.changed()

    @asynccontextmanager
    async def starting(self, worker: Worker) -> AsyncIterator[None]:
        """Inside, there is memory for a worker to start; waits for it. Raises what :meth:`Room.made` raises."""
        if self._ready is not None:
            await asyncio.shield(self._ready)
        device = worker.assignment.device or worker.assignment.preferred or CPU
        version = self._version(worker.app)
        need, first = self._need(worker.app, device), self._measured.first(worker.app, version, device)
        least = {one: min(need[one], first.rss if one == CPU else first.device) for one in need} if first else need
        async with AsyncExitStack() as made:
            try:
                await made.enter_async_context(self._room.made(worker.app, need, least))
            except OutOfMemory:
                self._measured.lower(worker.app, version)
                raise
            yield

    async def run(self, worker: Worker, work: Work, run: Run, given_up: Callable[[], bool]) -> Outcome:
        """A job's outcome, tried anew with more memory where that ran out.

        :param given_up: whether nobody waits for the job any more.
        """
        try:
            outcome = await run_in_memory(work, run, self._room, self._holder(worker), given_up)
        finally:
            self._note(worker, work)
        return outcome

    def is_wanted(self, worker: Worker) -> bool:
        """Whether a worker without a job shall end, since somebody waits for its memory."""
        return self._room.is_waited_for and self._spare(worker) and self._room.wants(self._holder(worker))

    def freest(self, devices: Iterable[str] = ()) -> str:
        """The GPU with the most memory to give, of these, or of all; empty where there is none."""
        gpus = [device for device in devices or self._room.budgets if device != CPU]
        return max(gpus, key=self._room.free, default="")

    def shown(self, app: str) -> list[dict[str, Any]]:
        """What an app's jobs were measured to take, as the API shows it."""
        return self._measured.shown(app, self._version(app))

    async def _prepare(self) -> None:
        try:
            await self._measured.load()
        except Exception:
            log.exception("what apps took of memory is not known; it is measured anew")
        self._room.budgets.update(budgets(self._settings.devices, await find_gpus()))

    def _version(self, app: str) -> str:
        return self._apps[app].version if app in self._apps else ""

    def _need(self, app: str, device: str) -> dict[str, int]:
        """The bytes that a worker of the app takes, by device: as measured, or else the least that any takes."""
        known = self._measured.of(app, self._version(app), device)
        need = {CPU: known.rss if known else LEAST}
        return need if device == CPU else need | {device: known.gpu if known else CONTEXT}

    def _holder(self, worker: Worker) -> Holder:
        device = worker.device or worker.assignment.preferred or CPU
        need = self._need(worker.app, device)
        need[CPU] = max(need[CPU], worker.memory.get("rss", 0))
        if device != CPU:
            need[device] = max(need[device], worker.memory.get("device", 0))
        return Holder(worker.id, worker.app, device, worker.pid, need, idle=worker.idle, kept=not self._spare(worker))

    def _holders(self) -> list[Holder]:
        """One that starts is not among them: what it will take was promised."""
        there = (worker for worker in self._workers if worker.pid and worker.state is not InstanceState.STARTING)
        return [self._holder(worker) for worker in there]

    async def _balance(self, measured: Measured, *, changed: bool) -> None:
        if changed:
            await self._measured.keep(measured)
        await self._room.balance()

    def _note(self, worker: Worker, work: Work) -> None:
        if not worker.memory.get("rss"):
            return
        weights = work.weights.sha256 if work.weights else ""
        measured = Measured(worker.app, self._version(worker.app), worker.device, weights)
        use = MemoryUse(worker.memory["rss"], worker.memory.get("device", 0))
        changed, now = self._measured.add(measured, use, first=not worker.worked), time.monotonic()
        worker.worked = True
        self._warn(worker, use)
        if not changed and now - self._balanced < OFTEN:
            return
        self._balanced = now
        task = asyncio.create_task(self._balance(measured, changed=changed))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    def _warn(self, worker: Worker, use: MemoryUse) -> None:
        for device, took in {CPU: use.rss, worker.device: use.rss if worker.device == CPU else use.device}.items():
            budget = self._room.budgets.get(device)
            if budget and took > budget.memory:
                log.warning(
                    "a worker of the app %s has taken %.1f GB, and %s may give %.1f GB in all: "
                    "a very large input, or an app that keeps more with each job",
                    *(worker.app, took / GB, device, budget.memory / GB),
                )
