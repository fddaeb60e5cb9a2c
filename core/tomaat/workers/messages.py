"""What host and worker say to each other: one JSON object a line, over a socket.

JSON and not pickle: a worker runs other people's code, and nothing that it sends may run in the host.

==================  ===========================================================================
host to worker
------------------  ---------------------------------------------------------------------------
``work``            a :class:`tomaat.workers.work.Work`
``cancel``          ``true``: stop the current job at the next step
worker to host
------------------  ---------------------------------------------------------------------------
``ready``           a :class:`tomaat.workers.process.Started`
``broken``          an error: the app could not be loaded; the worker ends
``progress``        ``[fraction, message]``
``done``            ``results``, ``timings``, ``provenance`` of the job
``failed``          an error: the job has no results; the worker takes the next one
==================  ===========================================================================
"""

from __future__ import annotations

from typing import Any

import orjson

LONGEST = 64 * 2**20
"""Bytes that one message may have: results that are shown in a job's JSON travel in it."""


def pack(kind: str, content: Any) -> bytes:
    """One message, ready to be sent."""
    return orjson.dumps({kind: content}, option=orjson.OPT_SERIALIZE_NUMPY, default=str) + b"\n"


def unpack(line: bytes) -> tuple[str, Any]:
    """The kind and the content of one message."""
    ((kind, content),) = orjson.loads(line).items()
    return kind, content
