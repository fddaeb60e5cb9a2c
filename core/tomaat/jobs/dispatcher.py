"""From acknowledged to ended: a queue for each app, and what becomes of each job in it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence

from ulid import ULID

from tomaat.errors import InternalError, JobCancelled, TomaatError, Unavailable, WorkerDied
from tomaat.jobs.admission import Admission
from tomaat.jobs.afterwards import Afterwards
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.idempotency import check_same
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.live import LiveJob
from tomaat.jobs.queues import Queues
from tomaat.jobs.removal import Removal
from tomaat.jobs.runner import ATTEMPTS, Runner
from tomaat.jobs.space import Space
from tomaat.jobs.store import JobStore
from tomaat.jobs.tasks import Tasks
from tomaat.jobs.weights import choose_weights, hold_weights_again
from tomaat.logs.about import now_about
from tomaat.settings import Settings
from tomaat.weights.store import WeightsStore
from tomaat.workers.executor import Executor

log = logging.getLogger(__name__)

ANSWERS = 3.0
"""Seconds that clients who waited have at a stop, to be sent what they waited for."""
STOPPING = "The host is stopping, or starting anew. Try again in a few seconds."
STOPPED = "The host was stopped before the job had ended. Send it again in a few seconds."


class Dispatcher:
    """Runs jobs in the order in which they came, app by app.

    :ivar admission: who may send a job; every protocol asks it before it takes an upload.
    :ivar space: what jobs have on the disk.
    """

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
        self._live: dict[str, LiveJob] = {}
        self._queues = Queues()
        self._runner = Runner(store, folders, executor, weights)
        self._runs = Tasks()
        self._forgetting = Tasks()
        self._stopping = False
        self._afterwards = Afterwards(finished)
        self.admission = Admission(settings, self._queues, executor.capacity, executor.check)
        self.space = Space(folders.root, settings.jobs_quota, settings.min_free)
        self._removal = Removal(settings.retention, store, folders, self.space, self._live)

    async def start(self) -> None:
        """Take up what an earlier run of the host left, and begin to remove what has expired."""
        for job in await self._store.unfinished():
            await self._resume(job)
        known, keeping = await self._store.ids(), await self._store.keeping()
        await asyncio.to_thread(self._folders.clean, known, set(self._live), keeping)
        await self.space.recount()
        self._removal.start()

    async def drain(self, grace: float, hurry: asyncio.Event) -> None:
        """Take no new jobs, start none, and wait until those that run have ended: for ``grace`` seconds, or until
        somebody is in a ``hurry``."""
        self.admission.close(Unavailable(STOPPING))
        self._stopping = True
        for live in self._queues.all():
            if live.job.waited and self._queues.remove(live):
                await self._end(live, Unavailable(STOPPED))
        if self._runs:
            log.info(
                "stopping: waiting up to %g s for %d running job(s); the same signal once more (Ctrl-C) leaves at once",
                grace,
                len(self._runs),
            )
        hurried = asyncio.create_task(hurry.wait())
        deadline = time.monotonic() + grace
        while self._runs and not hurry.is_set() and (left := deadline - time.monotonic()) > 0:
            await asyncio.wait({*self._runs, hurried}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        hurried.cancel()

    async def stop(self) -> None:
        """Stop dispatching. Queued jobs stay queued in the database, for the next start, and those that still run are
        queued again; but whoever waits for one on the line is told."""
        self.admission.close(Unavailable(STOPPING))
        self._stopping = True
        self._runner.stop()
        running = [live for live in self._live.values() if live.job.state is JobState.RUNNING]
        await self._runs.cancel()
        for live in running:
            if not live.job.state.final:
                await self._put_back(live)
        deadline = time.monotonic() + ANSWERS
        while any(not live.job.kept for live in self._live.values()) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        for live in tuple(self._live.values()):
            live.let_go()
        await self._forgetting.cancel()
        await self._removal.stop()
        self._afterwards.tell()

    async def _put_back(self, live: LiveJob) -> None:
        job = live.job
        if job.waited:
            await self._end(live, Unavailable(STOPPED))
            return
        # An orderly stop is not the job's fault: it does not count as an attempt.
        job.state, job.started, job.attempts = JobState.QUEUED, None, max(job.attempts - 1, 0)
        await self._store.save(job)
        log.info("job %s is back in the queue, for the next start", job.id)

    async def submit(self, job: Job) -> LiveJob:
        """Commit a job, then queue it; when this returns, no crash can lose it.

        Raises :class:`Busy`, :class:`Unavailable`, and :class:`InvalidInput` for an app without the weights that the
        job needs.
        """
        try:
            self.admission.check_open()
            if not self.admission.has_place(job.id):
                self.admission.reserve(job.id, job.app)
            await choose_weights(self._weights, job)
            if not job.waited and any(received.file for received in job.inputs.values()):
                await asyncio.to_thread(self._folders.sync_inputs, job)
            if job.kept:
                self._folders.make(job.id)
            job.created = time.time()
            if not job.waited:
                await self._store.add(job)
        except BaseException:
            await self._weights.release(job.id)
            if job.created:  # a client that hung up meanwhile was told nothing
                await self._store.forget([job.id])
            self.space.drop([job.id])
            await asyncio.to_thread(self._folders.remove, [job.id])
            raise
        finally:
            self.admission.release(job.id)
        return await self._enqueue_waited(job) if job.waited else self._enqueue(job)

    async def _enqueue_waited(self, job: Job) -> LiveJob:
        """Queue a job whose client gets no answer before it is committed, and commit it while its worker begins."""
        live = self._enqueue(job)
        adding = asyncio.create_task(self._store.add(job))
        try:
            await adding
        except BaseException:
            self.forget_soon(job.id)
            raise
        return live

    async def submit_once(self, job: Job) -> Job:
        """Submit a job, unless one was submitted with its ``Idempotency-Key`` before; returns that one then.

        Raises like :meth:`submit`, and :class:`InvalidInput` for a key that was used for another call.
        """
        first = await self.first(job) if job.idempotency else None
        if first is not None:
            check_same(first, job)
            return first
        await self.submit(job)
        return job

    async def first(self, job: Job) -> Job | None:
        """The job of the same owner and app that was submitted with this one's ``Idempotency-Key``."""
        found = await self._store.first(job.owner, job.app, job.idempotency)
        live = self._live.get(found.id) if found else None
        return live.job if live else found

    def live(self, job_id: str) -> LiveJob | None:
        """A job that is queued or running here."""
        return self._live.get(job_id)

    async def job(self, job_id: str) -> Job | None:
        """A job, whatever its state."""
        live = self._live.get(job_id)
        return live.job if live else await self._store.get(job_id)

    def queued(self, app: str) -> int:
        """How many jobs of this app wait."""
        return self._queues.waiting(app)

    def running(self, app: str) -> int:
        """How many jobs of this app run."""
        return self._queues.running(app)

    def position(self, job: Job) -> int | None:
        """How many jobs of its app, itself included, stand before this one's turn; ``None`` unless it is queued."""
        return self._queues.position(job.app, job.id)

    async def cancel(self, job_id: str) -> None:
        """Cancel a job that is queued or running, and wait until it has ended."""
        live = self._live.get(job_id)
        if live is None or live.job.state.final:
            return
        live.cancelled = True
        if self._queues.remove(live):
            await self._end(live, JobCancelled("The job was cancelled before it ran."))
            return
        await self._executor.cancel(job_id)
        await live.ended()

    async def forget(self, job_id: str) -> None:
        """Cancel a job if it has not ended, then remove its results and its row."""
        await self.cancel(job_id)
        await self._removal.remove([job_id])

    async def remove_ended(self, job_ids: Sequence[str]) -> None:
        """Remove jobs that have ended, with their results and their rows."""
        await self._removal.remove([job_id for job_id in job_ids if job_id not in self._live])

    def forget_soon(self, job_id: str) -> None:
        """Forget a job whose client has been told all, or has left. Many at once cost little more than one."""
        live = self._live.get(job_id)
        if live is not None and not live.job.state.final:
            self._forgetting.spawn(self.forget(job_id))
        else:
            self._removal.remove_soon(job_id)

    async def _resume(self, job: Job) -> None:
        live = LiveJob(job)
        lost = None if job.state.final else await asyncio.to_thread(self._folders.lost, job)
        if lost or job.state.final:  # one whose row makes no sense has failed already
            self._live[job.id] = live
            await self._end(live, InternalError(lost) if lost else job.error)
        elif job.waited:
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
        self._queues.add(live)
        self._pump(job.app)
        return live

    def _pump(self, app: str) -> None:
        """Start queued jobs while the app's executor has room; those still waiting moved up."""
        while self.queued(app) and not self._stopping and self.running(app) < self._executor.capacity(app):
            live = self._queues.next(app)
            live.job.state, live.job.started = JobState.RUNNING, time.time()
            self._runs.spawn(self._run(live))
        for live in self._queues.of(app):
            live.notify()

    async def _run(self, live: LiveJob) -> None:
        job = live.job
        now_about(job=job.id, app=job.app, request=job.request)
        try:
            job.timings["queue"] = (job.started or job.created) - job.created
            await self._end(live, await self._runner.run(live))
        except Exception as error:  # the database is gone, or this file is wrong: the job must still end
            log.exception("job %s could not be run", job.id)
            await self._end(live, _internal(error))
        finally:
            self._queues.ended(job.app)
            self._pump(job.app)

    async def _end(self, live: LiveJob, error: TomaatError | None) -> None:
        """Write down how a job ended, then tell those who wait."""
        job = live.job
        job.finished = time.time()
        job.expires = job.finished + self._settings.retention
        job.error = error
        job.timings["total"] = job.finished - job.created
        if job.started and not isinstance(error, JobCancelled):
            self.admission.pace.note(job.app, job.finished - job.started)
        ended = JobState.SUCCEEDED
        if error is not None:
            ended = JobState.CANCELLED if isinstance(error, JobCancelled) else JobState.FAILED
        job.state, job.fraction = ended, 1.0 if error is None else job.fraction
        try:
            if job.kept:
                await self._sync_results(job)
                await self._store.save(job)
            else:
                self._store.note_end(job)
        finally:
            if job.kept:  # one that is not kept stays in memory until it is forgotten, in a moment
                self._live.pop(job.id, None)
            live.notify()
        if any(received.file for received in job.inputs.values()):
            await asyncio.to_thread(self._folders.drop_inputs, job.id, keep=job.keep_inputs)
        if job.kept:
            await self.space.measure(job.id)
        self._afterwards.add(job)
        await self._weights.release(job.id)

    async def _sync_results(self, job: Job) -> None:
        """A job that is said to have succeeded still has its results after a power cut."""
        if job.results and not job.waited:
            try:
                await asyncio.to_thread(self._folders.sync_results, job)
            except OSError as error:
                log.warning("job %s: its results may not outlive a power cut: %s", job.id, error.strerror)


def _internal(error: Exception) -> InternalError:
    reference = str(ULID())[-8:]
    log.error("internal error %s: %s", reference, type(error).__name__)
    return InternalError(f"Internal error; the host's log has it under the reference {reference}.")
