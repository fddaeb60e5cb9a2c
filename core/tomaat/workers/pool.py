"""Local worker processes: the built-in executor."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import time
from collections.abc import Mapping
from functools import partial
from multiprocessing import forkserver
from pathlib import Path

from tomaat.description import AppDescription
from tomaat.elements.element import OutputElement
from tomaat.errors import JobCancelled, JobTimeout, TomaatError, WorkerDied
from tomaat.settings import Settings
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.convert import convert
from tomaat.workers.devices import absent, check_device, preferred
from tomaat.workers.executor import AppState, Outcome, Watch
from tomaat.workers.idle import IdleWorkers
from tomaat.workers.preloading import VARIABLE
from tomaat.workers.process import Assignment
from tomaat.workers.weights_check import check_weights
from tomaat.workers.work import Work
from tomaat.workers.worker import Worker

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a cancelled job has to stop by itself."""
PRELOAD = ("tomaat.workers.process", "tomaat.cli", "tomaat.elements", "SimpleITK", "tomaat.image")
"""What every worker needs; apps add theirs."""
MALLOC = {"MALLOC_MMAP_MAX_": "0", "MALLOC_TRIM_THRESHOLD_": str(16 * 2**30)}
"""Large buffers that torch frees stay with the process: getting them anew costs 10 to 40 % of a network's time."""


class Pool:
    """Starts workers when jobs need them, keeps them warm for a while, ends them when idle."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._apps: Mapping[str, AppDescription] = {}
        self._folder = settings.home / "workers"
        self._context = multiprocessing.get_context("forkserver")
        self._idle = IdleWorkers()
        self._busy: dict[str, Worker] = {}
        self._starting: dict[str, int] = {}
        self._waiting: dict[str, asyncio.Future[Worker]] = {}
        self._unclaimed: dict[tuple[str, str], list[asyncio.Task[Worker]]] = {}  # by app and device
        self._devices: dict[str, list[str]] = {}  # that there are for an app, as its first worker has told
        self._cancelled: dict[str, bool] = {}  # of every job inside run()
        self._reaper: asyncio.Task[None] | None = None
        self._warming: asyncio.Task[None] | None = None
        self._checking = asyncio.Lock()  # one large file at a time

    async def start(self, apps: Mapping[str, AppDescription]) -> None:
        """Start the fork server, which imports what the apps need while the host already listens."""
        self._apps = apps
        _make_folder(self._folder)
        preload = [*PRELOAD, *(module for app in apps.values() for module in (*app.preload, *app.loaders_preload))]
        self._context.set_forkserver_preload(["tomaat.workers.preloading"])
        self._warming = asyncio.create_task(asyncio.to_thread(_start_forkserver, list(dict.fromkeys(preload))))
        self._reaper = asyncio.create_task(self._end_idle())

    async def run(self, work: Work, watch: Watch) -> Outcome:
        """Run a job on an idle worker of its app, or on a new one.

        Raises what the job failed with: :class:`JobCancelled`, :class:`JobTimeout`, :class:`WorkerDied`, ..., or
        :class:`InvalidInput` for a device that is not there.
        """
        self._cancelled[work.job] = False
        try:
            begun = time.perf_counter()
            worker = await self._take(work)
            started = time.perf_counter() - begun
            outcome = await self._run_on(worker, work, watch)
        finally:
            del self._cancelled[work.job]
        return Outcome(outcome.results, {"start": started} | outcome.timings, outcome.provenance)

    async def _run_on(self, worker: Worker, work: Work, watch: Watch) -> Outcome:
        self._busy[work.job] = worker
        usable = False
        try:
            if self._cancelled[work.job]:
                usable = True
                raise JobCancelled("The job was cancelled before it ran.")
            outcome = await self._within_time(worker, work, watch)
            usable = True
            return outcome
        except WorkerDied:
            if not self._cancelled[work.job]:
                raise
            message = "The job was cancelled; it did not stop by itself, so its process was ended."
            raise JobCancelled(message) from None
        except TomaatError as error:
            usable = not isinstance(error, JobTimeout)
            raise
        finally:
            del self._busy[work.job]
            await self._give_back(worker, usable=usable)

    async def cancel(self, job: str) -> None:
        """Ask a job to stop; after five seconds its process is killed."""
        if job not in self._cancelled:
            return  # it has ended meanwhile
        self._cancelled[job] = True
        if job in self._waiting:
            self._waiting[job].cancel()
        worker = self._busy.get(job)
        if worker is None:
            return
        try:
            await worker.cancel()
        except TomaatError:
            return
        for _ in range(int(PATIENCE / 0.05)):
            await asyncio.sleep(0.05)
            if self._busy.get(job) is not worker:
                return
        log.warning("job %s did not stop when asked; its worker is killed", job)
        await worker.kill()

    async def convert(self, element: OutputElement, source: Path, target: Path) -> None:
        """Write a result in another format, in a process of its own."""
        await convert(self._context, element, source, target)

    async def check_weights(self, app: str, weights: WeightsFile) -> None:
        """Have an app look at an upload, in a process of its own; one upload after the other."""
        async with self._checking:
            await check_weights(self._context, self._assignment(app, "cpu"), weights)

    def capacity(self, app: str) -> int:
        """``max_workers`` of the app's settings."""
        return self._settings.app(app).max_workers

    def state(self, app: str) -> AppState:
        """What this app's workers are doing."""
        if any(worker.assignment.app == app for worker in self._busy.values()):
            return AppState.BUSY
        if self._starting.get(app):
            return AppState.STARTING
        return AppState.WARM if self._idle.count(app) else AppState.COLD

    def workers(self, app: str) -> int:
        """How many workers this app has, with those that are starting."""
        busy = sum(worker.assignment.app == app for worker in self._busy.values())
        return busy + self._idle.count(app) + self._starting.get(app, 0)

    async def stop(self) -> None:
        """End all workers."""
        for task in (self._reaper, self._warming):
            if task:
                task.cancel()
        workers = [*self._busy.values(), *self._idle.take_all()]
        await asyncio.gather(*(worker.kill() for worker in workers), return_exceptions=True)
        await asyncio.to_thread(_stop_forkserver)

    async def _take(self, work: Work) -> Worker:
        """An idle worker, or a new one. Raises :class:`JobCancelled` at once, also while a worker starts."""
        device = self._device(work)
        while worker := self._idle.take(work.app, device):
            if worker.alive:
                return worker
            await worker.kill()
        unclaimed = self._unclaimed.setdefault((work.app, device), [])
        starting = unclaimed.pop() if unclaimed else asyncio.create_task(self._start(work, device))
        self._waiting[work.job] = asyncio.shield(starting)
        try:
            return await self._waiting[work.job]
        except asyncio.CancelledError:
            # The worker goes on starting: for the next job, or to be idle for a while.
            unclaimed.append(starting)
            starting.add_done_callback(partial(self._nobody_waited, unclaimed))
            if not self._cancelled[work.job]:
                raise
            raise JobCancelled("The job was cancelled before it ran.") from None
        finally:
            del self._waiting[work.job]

    def _device(self, work: Work) -> str:
        """Where a job computes; empty where only its worker can choose, since none has told yet what there is.

        Raises :class:`InvalidInput` for a device that the request names and that is not there.
        """
        present = self._devices.get(work.app, [])
        if work.device:
            check_device(work.device)
            if present and work.device not in present:
                raise absent(work.device, present)
            return work.device
        wanted = self._settings.app(work.app).device or self._settings.device
        return wanted or (preferred(present) if present else "")

    async def _start(self, work: Work, device: str) -> Worker:
        app = work.app
        self._starting[app] = self._starting.get(app, 0) + 1
        try:
            while self.workers(app) > self.capacity(app) and (other := self._idle.take_oldest(app)):
                await other.kill()  # it is on another device
            worker = Worker(self._assignment(app, device, asked=bool(work.device)))
            await worker.start(self._context)
        finally:
            self._starting[app] -= 1
        self._devices[app] = worker.devices
        return worker

    def _assignment(self, app: str, device: str, *, asked: bool = False) -> Assignment:
        settings, network = self._settings.app(app), self._settings.networks.get(app)
        return Assignment(
            app,
            device,
            self._folder,
            self._settings.max_voxels,
            device_asked=asked,
            threads=settings.threads,
            warm_weights=settings.warm_weights,
            max_memory=settings.max_memory,
            arithmetic=settings.arithmetic,
            plugins=self._settings.plugin_names,
            networks={app: network} if network else {},
        )

    def _nobody_waited(self, unclaimed: list[asyncio.Task[Worker]], started: asyncio.Task[Worker]) -> None:
        if started not in unclaimed:
            return  # another job took it over
        unclaimed.remove(started)
        if not started.cancelled() and started.exception() is None:
            self._idle.add(started.result())

    async def _give_back(self, worker: Worker, *, usable: bool) -> None:
        if not usable:
            await worker.kill()
            return
        self._idle.add(worker)

    async def _within_time(self, worker: Worker, work: Work, watch: Watch) -> Outcome:
        limit = self._settings.app(work.app).timeout or self._apps[work.app].timeout
        try:
            async with asyncio.timeout(limit):
                return await worker.run(work, watch)
        except TimeoutError:
            raise JobTimeout(f"The job ran longer than the {limit:g} s that the app {work.app!r} may.") from None

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            for worker in self._idle.take_all(self._is_over_time):
                await worker.kill()

    def _is_over_time(self, worker: Worker) -> bool:
        return time.monotonic() - worker.idle_since > self._settings.app(worker.assignment.app).idle_timeout


def _make_folder(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _start_forkserver(preload: list[str]) -> None:
    os.environ.update({key: os.environ.get(key, value) for key, value in MALLOC.items()})
    os.environ[VARIABLE] = " ".join(preload)
    try:
        forkserver.ensure_running()
    finally:
        del os.environ[VARIABLE]


def _stop_forkserver() -> None:
    forkserver._forkserver._stop()  # type: ignore[attr-defined]
