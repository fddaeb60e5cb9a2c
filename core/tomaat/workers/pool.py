"""Local worker processes: the built-in executor."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tomaat.database import Database
from tomaat.description import AppDescription
from tomaat.errors import JobCancelled, JobTimeout, NotFound, TomaatError, WeightsMismatch, WorkerDied
from tomaat.settings import Settings
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.convert import Write, convert
from tomaat.workers.devices import absent, check_device
from tomaat.workers.executor import AppState, Instance, InstanceState, Outcome, Watch
from tomaat.workers.running_time import RunningTime
from tomaat.workers.supply import Supply
from tomaat.workers.tally import Reason, Tally
from tomaat.workers.work import Work
from tomaat.workers.worker import Worker

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds that a cancelled job has to stop by itself."""
CHECKING = 300.0
"""Seconds that a look at weights may take: a large network computes one window on a slow processor."""


@dataclass(eq=False)
class Call:
    """A job inside :meth:`Pool.run`.

    :ivar app: as it was when the job came.
    :ivar turn: the job's worker, once it has one.
    """

    work: Work
    app: AppDescription
    cancelled: bool = False
    turn: asyncio.Future[Worker] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    @property
    def worker(self) -> Worker | None:
        """The worker that has the job."""
        given = self.turn.done() and not self.turn.cancelled() and self.turn.exception() is None
        return self.turn.result() if given else None


class Pool:
    """Gives each job a worker: in the order in which they come, app by app."""

    def __init__(self, settings: Settings, database: Database | None = None) -> None:
        self._settings = settings
        self._supply = Supply(settings, self._serve, self._refuse, database)
        self._calls: dict[str, Call] = {}  # of every job inside run()
        self._waiting: list[Call] = []
        self._checking = asyncio.Lock()  # one large file at a time

    async def start(self, apps: Mapping[str, AppDescription]) -> None:
        """Make ready for these apps, while the host already listens."""
        await self._supply.start(apps)

    async def stop(self) -> None:
        """End all workers."""
        await self._supply.stop()

    async def reload(self, apps: Mapping[str, AppDescription]) -> None:
        """Run these apps from now on, in new workers; what runs is finished by the old ones."""
        await self._supply.reload(apps)
        for app in {call.work.app for call in self._waiting}:
            self._serve(app)

    async def run(self, work: Work, watch: Watch) -> Outcome:
        """Run a job on a worker of its app that has time for it, or on a new one.

        Raises what the job failed with: :class:`JobCancelled`, :class:`JobTimeout`, :class:`WorkerDied`, ...,
        :class:`InvalidInput` for a device that is not there, :class:`AppBroken` and :class:`NotFound` for an app that
        does not start or was removed.
        """
        self._supply.wanted(work.app)
        call = self._calls[work.job] = Call(work, self._described(work.app))
        try:
            begun = time.perf_counter()
            worker = await self._take(call)
            started = time.perf_counter() - begun
            outcome = await self._run_on(worker, call, watch)
        finally:
            del self._calls[work.job]
        return replace(outcome, timings={"start": started} | outcome.timings)

    async def cancel(self, job: str) -> None:
        """Ask a job to stop; after five seconds its process is killed."""
        call = self._calls.get(job)
        if call is None:
            return  # it has ended meanwhile
        call.cancelled = True
        if not call.turn.done():
            call.turn.set_exception(JobCancelled("The job was cancelled before it ran."))
        worker = call.worker
        if worker is None:
            return
        try:
            await worker.cancel(job)
        except TomaatError:
            return
        for _ in range(int(PATIENCE / 0.05)):
            await asyncio.sleep(0.05)
            if self._calls.get(job) is not call:
                return
        log.warning("job %s did not stop when asked; its worker is killed", job)
        await self._supply.end(worker, Reason.CANCELLED)

    async def convert(self, write: Write, source: Path, target: Path) -> None:
        """Make a file of another, in a process of its own."""
        await convert(self._supply.forks, write, source, target)

    async def check_weights(self, app: str, weights: WeightsFile) -> None:
        """Have an app look at an upload, on the processor and in a process of its own; one upload after the other.

        Raises :class:`WeightsMismatch`, also for weights at which the process dies.
        """
        checker = Worker(self._supply.assignment(app, "cpu", check=weights))
        async with self._checking:
            try:
                async with asyncio.timeout(CHECKING):
                    await checker.check(self._supply.launcher(app))
            except TimeoutError:
                raise WeightsMismatch(f"These weights could not be checked within {CHECKING:g} s.") from None
            except WorkerDied:
                raise WeightsMismatch(
                    "The app's process ended while it loaded these weights: it crashed, or ran out of memory."
                ) from None

    async def warm(self, app: str) -> None:
        """Start a worker of this app, unless one is there, and wait until it is warm. Raises why it can't be."""
        self._described(app, broken=True)
        await self._supply.warm(app)

    async def retire(self, app: str) -> None:
        """End this app's idle workers now, and the others as soon as their jobs are done."""
        self._supply.hold(app)

    def check(self, app: str) -> None:
        """Raise :class:`AppBroken` for an app whose workers don't start."""
        self._supply.starts.check(app)

    def capacity(self, app: str) -> int:
        """``max_workers`` of the app's settings, times the jobs that each may run at once."""
        return self._settings.app(app).max_workers * self._supply.concurrency(app)

    def state(self, app: str) -> AppState:
        """What this app's workers are doing."""
        doing = {str(worker.state) for worker in self._supply.instances.of(app)}
        if self._supply.starts.reason(app) is not None and InstanceState.BUSY not in doing:
            return AppState.BROKEN
        return next((state for state in reversed(AppState) if state in doing), AppState.COLD)

    def workers(self, app: str) -> int:
        """How many workers this app has, with those that are starting and stopping."""
        return len(self._supply.instances.of(app))

    def instances(self, app: str) -> list[Instance]:
        """This app's workers, those first that were started first."""
        return [
            Instance(
                worker.id,
                app,
                worker.state,
                worker.device,
                worker.since,
                worker.pid,
                tuple(sorted(worker.jobs)),
                dict(worker.memory),
            )
            for worker in self._supply.instances.of(app)
        ]

    def memory(self, app: str) -> list[dict[str, Any]]:
        """What this app's jobs were measured to take."""
        return self._supply.accounts.shown(app)

    @property
    def tally(self) -> Tally:
        """How many workers were started, and have ended."""
        return self._supply.tally

    def reason(self, app: str) -> str | None:
        """Why this app is broken; ``None`` if it is not."""
        return self._supply.starts.reason(app)

    def _described(self, app: str, *, broken: bool = False) -> AppDescription:
        """The app, if it can be run. Raises :class:`NotFound` and, unless ``broken``, :class:`AppBroken`."""
        if app not in self._supply.apps:
            raise NotFound(f"The app {app!r} was removed from this host before the job ran.")
        if not broken:
            self.check(app)
        return self._supply.apps[app]

    async def _take(self, call: Call) -> Worker:
        """The job's worker, when it is its turn. Raises :class:`JobCancelled` at once, also while a worker starts."""
        self._device(call.work)
        self._waiting.append(call)
        self._serve(call.work.app)
        try:
            return await call.turn
        except asyncio.CancelledError:  # the host stops
            if call.worker is not None:
                call.worker.release(call.work.job)
            raise
        finally:
            if call in self._waiting:
                self._waiting.remove(call)

    def _serve(self, app: str) -> None:
        """Give the app's waiting jobs its free workers, in turn, and have workers started for the rest."""
        lacking: Counter[str] = Counter()
        for call in [call for call in self._waiting if call.work.app == app and not call.turn.done()]:
            try:
                self._described(app)
                device = self._device(call.work)
            except TomaatError as error:
                call.turn.set_exception(error)
                continue
            worker = self._supply.instances.free(app, device)
            if worker is not None:
                worker.claim(call.work.job)
                call.turn.set_result(worker)
                continue
            lacking[device] += 1
            if not self._supply.provide(app, device, lacking[device], asked=bool(call.work.device)):
                return  # nobody overtakes the first who waits, or one who wants another device might wait for ever

    def _refuse(self, app: str, device: str, error: TomaatError) -> None:
        """No worker of this app starts on this device: tell those who wait for it."""
        for call in self._waiting:
            if call.work.app == app and not call.turn.done() and self._device(call.work) in (device, ""):
                call.turn.set_exception(error)

    def _device(self, work: Work) -> str:
        """Where a job computes; empty where only its worker can choose, since none has told yet what there is.

        Raises :class:`InvalidInput` for a device that the request names and that is not there.
        """
        present = self._supply.devices.get(work.app, [])
        if work.device:
            check_device(work.device)
            if present and work.device not in present:
                raise absent(work.device, present)
            return work.device
        if default := self._supply.default_device(work.app):
            return default
        usual = self._supply.usual.get(work.app, [])
        return usual[0] if len(usual) == 1 else ""  # of several GPUs, one is chosen when a worker starts

    async def _run_on(self, worker: Worker, call: Call, watch: Watch) -> Outcome:
        usable, why = False, Reason.RETIRED  # the host stops
        try:
            if call.cancelled:
                usable = True
                raise JobCancelled("The job was cancelled before it ran.")

            async def run(work: Work) -> Outcome:
                if call.cancelled:
                    raise JobCancelled("The job was cancelled.")
                return await self._within_time(worker, work, call.app, watch)

            outcome = await self._supply.accounts.run(worker, call.work, run, lambda: call.cancelled)
            usable = True
            return outcome
        except WorkerDied:
            why = Reason.DIED
            if not call.cancelled:
                raise
            message = "The job was cancelled; it did not stop by itself, so its process was ended."
            raise JobCancelled(message) from None
        except TomaatError as error:
            usable, why = not isinstance(error, JobTimeout), Reason.TIMEOUT
            raise
        finally:
            worker.release(call.work.job)
            if usable:
                self._supply.release(worker, worked=True)
            else:
                await self._supply.end(worker, why)
            self._serve(call.work.app)

    async def _within_time(self, worker: Worker, work: Work, described: AppDescription, watch: Watch) -> Outcome:
        """Run a job for as long as it may: no start counts, and no waiting for a device."""
        app = work.app
        limit = self._settings.app(app).timeout or described.timeout
        try:
            async with asyncio.timeout(limit) as timeout:
                return await worker.run(work, watch, RunningTime(timeout).wait)
        except TimeoutError:
            raise JobTimeout(f"The job ran longer than the {limit:g} s that the app {app!r} may.") from None
