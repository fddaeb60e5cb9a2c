"""``Idempotency-Key``: a call that a client sends again, not knowing whether it arrived, is one job."""

from __future__ import annotations

from sanic import Request

from tomaat.jobs.idempotency import HEADER, check_key
from tomaat.jobs.job import Job


def key_of(request: Request) -> str:
    """The key that a request carries; empty without one. Raises :class:`~tomaat.errors.MalformedRequest`."""
    key = request.headers.get(HEADER)
    return "" if key is None else check_key(key)


def replayed(sent: Job, job: Job) -> dict[str, str]:
    """What an answer's headers say where the job that was sent is an earlier one."""
    return {} if job is sent else {"Idempotent-Replayed": "true"}
