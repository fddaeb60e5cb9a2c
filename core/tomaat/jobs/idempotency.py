"""A call that is sent twice with one ``Idempotency-Key`` is one job."""

from __future__ import annotations

from collections.abc import Mapping

from tomaat.errors import InvalidInput, MalformedRequest
from tomaat.jobs.job import Job
from tomaat.weights.declaration import FIELD
from tomaat.workers.work import Received

HEADER = "Idempotency-Key"
LONGEST = 128


def check_key(key: str) -> str:
    """The key of a request. Raises :class:`MalformedRequest` for one that is empty, too long or has odd characters."""
    if not key or len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise MalformedRequest(
            f"{HEADER} must be 1 to {LONGEST} printable ASCII characters, such as a UUID.", field=HEADER
        )
    return key


def check_same(first: Job, again: Job) -> None:
    """Raise :class:`InvalidInput` if the second of two calls with one key asks for something else than the first."""
    asked, was = _inputs(again.inputs), _inputs(first.inputs)
    if not asked.get(FIELD, "").strip():  # the host chose the first one's weights, and wrote them down
        was.pop(FIELD, None)
        asked.pop(FIELD, None)
    if (asked, *_query(again)) != (was, *_query(first)):
        raise InvalidInput(
            f"This {HEADER} was used for a call with other inputs or another query: use a new key for a new call.",
            field=HEADER,
        )


def _query(job: Job) -> tuple[Mapping[str, str], str, bool]:
    """What a call asks for beside its form."""
    return job.formats, job.device, job.keep_inputs


def _inputs(inputs: Mapping[str, Received]) -> dict[str, str]:
    return {name: received.digest if received.file else (received.text or "") for name, received in inputs.items()}
