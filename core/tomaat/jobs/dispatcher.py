"""From acknowledged to ended: a queue for each app, and what becomes of each job in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from ulid import ULID

from tomaat.errors import Busy, InternalError, JobCancelled, TomaatError, WorkerDied
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.live import LiveJob
from tomaat.jobs.store import JobStore
from tomaat.jobs.weights import choose_weights, hold_weights_again
from tomaat.settings import Settings
from tomaat.weights.store import WeightsStore
from tomaat.workers.executor import Executor
from tomaat.workers.work import Work

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""A job that ran when the host was killed is run once more: perhaps it was what killed it."""
GATHER = 0.1
"""Seconds for which jobs to be forgotten are gathered."""
SWEEP = 5.0
"""Seconds between two looks for results that have expired."""


class Dispatcher:
    """Runs jobs in the order in which they came, app by app."""

    def __init__(
        self,
        settings: Settings,
        store: JobStore,
        folders: JobFolders,
        executor: Executor,
        weights: WeightsStore,
        finished: Callable[[Job], None],
    ) -> None:
        self._settings = settings
        self._store = store
        self._folders = folders
        self._executor = executor
        self._weights = weights
        self._finished = finished
        self._live: dict[str, LiveJob] = {}
        self._queues: dict[str, deque[LiveJob]] = {}
        self._running: dict[str, int] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sweeper: asyncio.Task[None] | None = None
        self._stopping = False
        self._forgetting: list[str] = []

    async def start(self) -> None:
        """Take up what an earlier run of the host left, and begin to remove what has expired."""
        for job in await self._store.unfinished():
            await self._resume(job)
        known = await self._store.ids()
        await asyncio.to_thread(self._folders.remove_others, known)
        self._sweeper = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Stop dispatching. Queued jobs stay queued in the database, for the next start."""
        self._stopping = True
        tasks = [task for task in (self._sweeper, *self._tasks) if task]
        running = [live.job for live in self._live.values() if live.job.state is JobState.RUNNING]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for job in running:
            if not job.state.final and not job.waited:
                # An orderly stop is not the job's fault: it does not count as an attempt.
                job.state, job.started, job.attempts = JobState.QUEUED, None, max(job.attempts - 1, 0)
                await self._store.save(job)

    def check_room(self, app: str) -> None:
        """Raise :class:`Busy` if the app's queue is full: before an upload is taken."""
        limit = self._settings.app(app).queue_limit
        if self.queued(app) >= limit:
            raise Busy(f"{limit} jobs wait for the app {app!r} already. Try again in a few seconds.")

    async def submit(self, job: Job) -> LiveJob:
        """Commit a job, then queue it; when this returns, no crash can lose it.

        Raises :class:`Busy`, and :class:`InvalidInput` for an app without the weights that the job needs.
        """
        try:
            self.check_room(job.app)
            await choose_weights(self._weights, job)
            job.created = time.time()
            await self._store.add(job)
        except BaseException:
            await self._weights.release(job.id)
            await asyncio.to_thread(self._folders.remove, [job.id])
            raise
        return self._enqueue(job)

    def live(self, job_id: str) -> LiveJob | None:
        """A job that is queued or running here."""
        return self._live.get(job_id)

    async def job(self, job_id: str) -> Job | None:
        """A job, whatever its state."""
        live = self._live.get(job_id)
        return live.job if live else await self._store.get(job_id)

    def queued(self, app: str) -> int:
        """How many jobs of this app wait."""
        return len(self._queues.get(app, ()))

    def running(self, app: str) -> int:
        """How many jobs of this app run."""
        return self._running.get(app, 0)

    def position(self, job: Job) -> int | None:
        """How many jobs of its app, itself included, stand before this one's turn; ``None`` unless it is queued."""
        for place, live in enumerate(self._queues.get(job.app, ()), start=1):
            if live.job.id == job.id:
                return place
        return None

    async def cancel(self, job_id: str) -> None:
        """Cancel a job that is queued or running, and wait until it has ended."""
        live = self._live.get(job_id)
        if live is None or live.job.state.final:
            return
        live.cancelled = True
        queue = self._queues.get(live.job.app, deque())
        if live in queue:
            queue.remove(live)
            await self._end(live, JobCancelled("The job was cancelled before it ran."))
            return
        await self._executor.cancel(job_id)
        await live.ended()

    async def forget(self, job_id: str) -> None:
        """Cancel a job if it has not ended, then remove its results and its row."""
        await self.cancel(job_id)
        await self._remove([job_id])

    def forget_soon(self, job_id: str) -> None:
        """Forget a job whose client has been told all, or has left. Many at once cost little more than one."""
        live = self._live.get(job_id)
        if live is not None and not live.job.state.final:
            self._spawn(self.forget(job_id))
            return
        if not self._forgetting:
            self._spawn(self._forget_gathered())
        self._forgetting.append(job_id)

    async def _forget_gathered(self) -> None:
        try:
            await asyncio.sleep(GATHER)
        finally:  # at a stop, too
            job_ids, self._forgetting = self._forgetting, []
            await self._remove(job_ids)

    async def _remove(self, job_ids: Sequence[str]) -> None:
        await self._store.forget(job_ids)
        for job_id in job_ids:
            self._live.pop(job_id, None)
        await asyncio.to_thread(self._folders.remove, job_ids)

    async def _resume(self, job: Job) -> None:
        live = LiveJob(job)
        if job.waited:
            self._live[job.id] = live
            await self._end(live, JobCancelled("The host was stopped while the client waited, so its job was dropped."))
        elif job.attempts >= ATTEMPTS:
            self._live[job.id] = live
            await self._end(live, WorkerDied("The host stopped twice while this job ran; it is not run again."))
        else:
            job.state, job.started = JobState.QUEUED, None
            await asyncio.to_thread(self._folders.clear_results, job.id)
            try:
                await hold_weights_again(self._weights, job)
            except TomaatError as error:
                self._live[job.id] = live
                await self._end(live, error)
            else:
                self._enqueue(job)

    def _enqueue(self, job: Job) -> LiveJob:
        live = self._live[job.id] = LiveJob(job)
        self._queues.setdefault(job.app, deque()).append(live)
        self._pump(job.app)
        return live

    def _pump(self, app: str) -> None:
        """Start queued jobs while the app's executor has room; those still waiting moved up."""
        queue = self._queues.get(app, deque())
        while queue and not self._stopping and self.running(app) < self._executor.capacity(app):
            live = queue.popleft()
            live.job.state, live.job.started = JobState.RUNNING, time.time()
            self._running[app] = self.running(app) + 1
            self._spawn(self._run(live))
        for live in queue:
            live.notify()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, live: LiveJob) -> None:
        job = live.job
        try:
            job.attempts += 1
            job.timings["queue"] = (job.started or job.created) - job.created
            if not job.waited:  # a waited job is dropped at a restart, so how far it was does not matter
                await self._store.save(job)
            live.notify()
            await self._end(live, await self._execute(live))
        except Exception as error:  # the database is gone, or this file is wrong: the job must still end
            log.exception("job %s could not be run", job.id)
            await self._end(live, _internal(error))
        finally:
            self._running[job.app] -= 1
            self._pump(job.app)

    async def _execute(self, live: LiveJob) -> TomaatError | None:
        """Have the job run; returns why it has no results."""
        job = live.job
        if live.cancelled:
            return JobCancelled("The job was cancelled before it ran.")
        folder = self._folders.of(job.id)
        try:
            weights = await self._weights.of(job.id)
            work = Work(job.id, job.app, folder, job.inputs, job.formats, job.outputs, weights, job.device)
            outcome = await self._executor.run(work, live.report)
        except TomaatError as error:
            return error
        job.results, job.provenance = outcome.results, outcome.provenance
        job.timings |= outcome.timings
        return None

    async def _end(self, live: LiveJob, error: TomaatError | None) -> None:
        """Write down how a job ended, then tell those who wait."""
        job = live.job
        job.finished = time.time()
        job.expires = job.finished + self._settings.retention
        job.error = error
        job.timings["total"] = job.finished - job.created
        ended = JobState.SUCCEEDED
        if error is not None:
            ended = JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED
        job.state, job.fraction = ended, 1.0 if error is None else job.fraction
        try:
            if job.kept:
                await self._store.save(job)
        finally:
            if job.kept:  # one that is not kept stays in memory until it is forgotten, in a moment
                self._live.pop(job.id, None)
            live.notify()
        if any(received.file for received in job.inputs.values()):
            await asyncio.to_thread(self._folders.drop_inputs, job.id)
        self._finished(job)
        await self._weights.release(job.id)

    async def _sweep(self) -> None:
        while True:
            try:
                for job in await self._store.expired(time.time()):
                    await self.forget(job.id)
            except Exception:
                log.exception("expired results could not be removed; trying again")
            await asyncio.sleep(min(SWEEP, max(self._settings.retention, 0.1)))


def _internal(error: Exception) -> InternalError:
    reference = str(ULID())[-8:]
    log.error("internal error %s: %s", reference, type(error).__name__)
    return InternalError(f"Internal error; the host's log has it under the reference {reference}.")
