"""Which weights a job uses: chosen when it is submitted, and written down among its inputs, so that nothing that
becomes of their name, and no restart of the host, gives it others."""

from __future__ import annotations

from tomaat.jobs.job import Job
from tomaat.weights.declaration import FIELD
from tomaat.weights.store import WeightsStore
from tomaat.workers.work import Received


async def choose_weights(store: WeightsStore, job: Job) -> None:
    """Settle a new job's weights, and hold them. Raises :class:`InvalidInput` where its app has none that suit."""
    asked = job.inputs.get(FIELD, Received())
    weights = await store.hold(job.id, job.app, (asked.text or "").strip())
    if weights is not None:
        job.inputs[FIELD] = Received(text=weights.id, sha256=weights.sha256)


async def hold_weights_again(store: WeightsStore, job: Job) -> None:
    """Hold what a job of an earlier run was given. Raises :class:`InvalidInput` where that is there no more."""
    given = job.inputs.get(FIELD)
    if given is not None and given.text and given.sha256:
        await store.resume(job.id, job.app, given.text, given.sha256)
