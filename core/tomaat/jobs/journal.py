"""One line in the log for each job that has ended; it says nothing of what was in it."""

from __future__ import annotations

import logging

from tomaat.jobs.job import Job
from tomaat.markers import hookimpl

log = logging.getLogger("tomaat.jobs")


@hookimpl
def tomaat_job_finished(job: Job) -> None:
    outcome = job.error.code if job.error else "succeeded"
    stages = " ".join(f"{stage}={seconds:.3f}" for stage, seconds in job.timings.items())
    log.info("job %s app=%s %s %s", job.id, job.app, outcome, stages)
