"""One line in the log for each job that has ended; it says nothing of what was in it."""

from __future__ import annotations

import logging

from tomaat.jobs.job import STAGES, Job
from tomaat.markers import hookimpl

log = logging.getLogger("tomaat.jobs")


@hookimpl
def tomaat_job_finished(job: Job) -> None:
    outcome = job.error.code if job.error else "succeeded"
    timings = {stage: round(job.timings[stage], 6) for stage in STAGES if stage in job.timings}
    about = {"job": job.id, "app": job.app} | ({"request": job.request} if job.request else {})
    fields = {"outcome": outcome, "caller": job.owner, "timings": timings}
    log.info("ended: %s", outcome, extra={"about": about, "fields": fields})
