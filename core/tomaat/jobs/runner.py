"""One job on a worker, and once more if the worker dies under it."""

from __future__ import annotations

import asyncio
import logging

from tomaat.errors import JobCancelled, TomaatError, WorkerDied
from tomaat.jobs.folders import JobFolders
from tomaat.jobs.live import LiveJob
from tomaat.jobs.store import JobStore
from tomaat.weights.store import WeightsStore
from tomaat.workers.executor import Executor
from tomaat.workers.work import Work

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""Workers, or hosts, that may die under a job: perhaps it is what kills them."""
TWICE = (
    "The process that ran this job ended without a word, and so did the one that ran it again: it crashes, needs more "
    "memory than there is, or is killed. Nothing else is affected."
)


class Runner:
    """Has jobs run, one attempt after the other."""

    def __init__(self, store: JobStore, folders: JobFolders, executor: Executor, weights: WeightsStore) -> None:
        self._store = store
        self._folders = folders
        self._executor = executor
        self._weights = weights
        self._stopping = False

    def stop(self) -> None:
        """Workers that die from now on are those that the host ends."""
        self._stopping = True

    async def run(self, live: LiveJob) -> TomaatError | None:
        """Have a job run; returns why it has no results."""
        job = live.job
        while True:
            job.attempts += 1
            if not job.waited:  # a waited job is dropped at a restart, so how far it was does not matter
                await self._store.save(job)
            live.notify()
            try:
                await self._attempt(live)
            except WorkerDied:
                if live.cancelled:
                    return JobCancelled("The job was cancelled.")
                if job.attempts >= ATTEMPTS or self._stopping:
                    return WorkerDied(TWICE)
                log.warning("job %s: its worker died; it is run once more", job.id)
                await asyncio.to_thread(self._folders.clear_results, job.id)
            except TomaatError as error:
                return error
            else:
                job.provenance["attempts"] = job.attempts
                return None

    async def _attempt(self, live: LiveJob) -> None:
        job = live.job
        folder = self._folders.of(job.id)
        weights = await self._weights.of(job.id)
        if live.cancelled:  # from here on the executor hears of it
            raise JobCancelled("The job was cancelled before it ran.")
        work = Work(
            job=job.id,
            app=job.app,
            folder=folder,
            inputs=job.inputs,
            formats=job.formats,
            outputs=job.outputs,
            weights=weights,
            device=job.device,
            request=job.request,
            logged=job.kept,
            inline=not job.kept,
        )
        outcome = await self._executor.run(work, live.report)
        job.results, job.provenance = outcome.results, outcome.provenance
        job.timings |= outcome.timings
