"""A job: one call of one app, from its upload to its results."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ulid import ULID

from tomaat.errors import TomaatError
from tomaat.workers.work import Received, Result

STAGES = (
    "upload", "queue", "start", "decode", "preprocess", "device", "weights", "infer", "postprocess", "encode", "total",
)  # fmt: skip
"""What a job's timings are by, in its order; an app may time parts of its own work beside these."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """Whether a job in this state changes no more."""
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass
class Job:
    """One call of one app. Times are seconds since 1970.

    :ivar waited: whether a client waits for the answer on the connection that the job came in on.
    :ivar kept: whether its results can be asked for after the answer; ``False`` for a client that gets them at once.
    :ivar keep_inputs: whether its uploads are kept as long as its results; they go when it has ended if not.
    :ivar outputs: the results that its client takes; all of them when empty.
    :ivar attempts: how often a worker was handed the job; more than one after the host was killed under it.
    :ivar device: where its client wants it computed: ``cpu``, ``cuda:0``; the settings' choice when empty.
    :ivar owner: who sent it: a key's id as text, or what else a ``tomaat_authenticate`` hook says; empty where nobody
        is asked.
    :ivar request: the id of the request that it came in with.
    :ivar idempotency: the ``Idempotency-Key`` of that request; empty without one.
    :ivar trace: the ``traceparent`` that its trace goes on from; in memory only.
    :ivar fraction: progress, 0 to 1; it and ``message`` live in memory only.
    """

    id: str
    app: str
    state: JobState = JobState.QUEUED
    waited: bool = False
    kept: bool = True
    keep_inputs: bool = False
    outputs: list[str] = field(default_factory=list)
    attempts: int = 0
    created: float = 0.0
    started: float | None = None
    finished: float | None = None
    expires: float | None = None
    inputs: dict[str, Received] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)
    error: TomaatError | None = None
    timings: dict[str, float] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    device: str = ""
    owner: str = ""
    request: str = ""
    idempotency: str = ""
    trace: str = ""
    fraction: float = 0.0
    message: str = ""

    def result(self, name: str) -> Result | None:
        """The result with this name."""
        return next((result for result in self.results if result.name == name), None)

    @property
    def uploads(self) -> dict[str, Received]:
        """The files that came with it, by the input's name, unless they have been removed with its end."""
        if self.state.final and not self.keep_inputs:
            return {}
        return {name: received for name, received in self.inputs.items() if received.file}


def new_id() -> str:
    """A job's name: sorts by time, and can't be guessed (80 random bits)."""
    return str(ULID())


def rfc3339(seconds: float | None) -> str | None:
    """A time as the API shows it: ``2026-11-22T02:31:53.120Z``."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
