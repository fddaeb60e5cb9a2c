"""The counts of one host, in a registry of its own."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from tomaat.jobs.job import STAGES, Job
from tomaat.markers import hookimpl
from tomaat.traffic.answered import Answered

SECONDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0)
"""From a text in a millisecond to a network that computes for half an hour."""
MINUTE = 60.0

M = TypeVar("M", Counter, Histogram)
More = Callable[[], Awaitable[bytes]]


class ByLabels(Generic[M]):
    """What is counted in one metric, by its labels. The library finds them under a lock, and makes texts of them first:
    several times as long as counting takes."""

    def __init__(self, metric: M) -> None:
        self._metric: M = metric
        self._found: dict[tuple[str | int, ...], M] = {}

    def of(self, *labels: str | int) -> M:
        """What is counted under these labels."""
        found = self._found.get(labels)
        if found is None:
            found = self._found[labels] = self._metric.labels(*labels)
        return found


class Counts:
    """What happened in one host. No label holds a path, a name or a text that a client has sent.

    :ivar registry: for gauges that are looked at when they are asked for.
    :ivar more: what else ``/metrics`` shows, each in Prometheus's text format.
    """

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.more: list[More] = []
        self._ended: deque[float] = deque()
        self._stages = ByLabels(
            Histogram(
                "tomaat_job_stage_seconds",
                "Seconds of jobs, by stage",
                ["app", "stage"],
                buckets=SECONDS,
                registry=registry,
            )
        )
        self._jobs = ByLabels(
            Counter("tomaat_jobs", "Jobs that have ended, by outcome", ["app", "outcome"], registry=registry)
        )
        self._requests = ByLabels(
            Histogram(
                "tomaat_http_request_seconds",
                "Seconds from a request's head to the end of its answer",
                ["method", "route", "status"],
                buckets=SECONDS,
                registry=registry,
            )
        )
        self._received = ByLabels(
            Counter("tomaat_http_received_bytes", "Bytes of requests' bodies", ["route"], registry=registry)
        )
        self._database = Counter("tomaat_database_errors", "Calls that the database could not serve", registry=registry)
        self._sent = ByLabels(Counter("tomaat_http_sent_bytes", "Bytes of answers", ["route"], registry=registry))

    @hookimpl
    def tomaat_job_finished(self, job: Job) -> None:
        """Count a job: how it ended, and its seconds by stage."""
        self._jobs.of(job.app, outcome_of(job)).inc()
        self._ended.append(time.monotonic())
        self.last_minute()
        for stage, seconds in job.timings.items():
            if stage in STAGES:  # and no name that an app has for a part of its own work: there may be any number
                self._stages.of(job.app, stage).observe(seconds)

    def last_minute(self) -> int:
        """How many jobs have ended in the last minute."""
        while self._ended and self._ended[0] < time.monotonic() - MINUTE:
            self._ended.popleft()
        return len(self._ended)

    def database_failed(self) -> None:
        """Count a call that the database could not serve. May be called in any thread."""
        self._database.inc()

    def answered(self, answered: Answered) -> None:
        """Count a request."""
        self._requests.of(answered.method, answered.route, answered.status).observe(answered.seconds)
        self._received.of(answered.route).inc(answered.received)
        self._sent.of(answered.route).inc(answered.sent)

    def expect(self, apps: list[str]) -> None:
        """Have the counts of these apps' jobs from the start, so that they can be seen to rise."""
        for app in apps:
            self._jobs.of(app, "succeeded")

    async def show(self) -> bytes:
        """All counts, in Prometheus's text format."""
        return b"".join([generate_latest(self.registry), *[await more() for more in self.more]])


def outcome_of(job: Job) -> str:
    """How a job ended: ``succeeded``, or the code of the error that ended it."""
    return job.error.code if job.error else "succeeded"
