"""What the audit log says of a job."""

from __future__ import annotations

from tomaat.audit.entry import Action, Entry
from tomaat.jobs.job import Job
from tomaat.weights.declaration import FIELD


def accepted(job: Job, plugin: str) -> Entry:
    """A job that was taken: who sent it, and the digests of what came with it.

    :param plugin: the app's plugin and its version.
    """
    return _entry(Action.JOB_ACCEPTED, job, plugin, time=job.created)


def ended(job: Job, plugin: str) -> Entry:
    """A job that has ended, however it did."""
    outcome = job.error.code if job.error else str(job.state)
    return _entry(Action.JOB_ENDED, job, plugin, time=job.finished, outcome=outcome)


def _entry(action: Action, job: Job, plugin: str, *, time: float | None, outcome: str = "") -> Entry:
    weights = job.inputs.get(FIELD)
    return Entry(
        action,
        caller=job.owner,
        request=job.request,
        app=job.app,
        plugin=str(job.provenance.get("plugin", plugin)),
        job=job.id,
        weights=(weights.sha256 or "") if weights else "",
        inputs={name: received.sha256 for name, received in job.inputs.items() if received.file and received.sha256},
        outcome=outcome,
        time=time or 0.0,
    )
