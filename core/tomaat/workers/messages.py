"""What host and worker say to each other: one JSON object a line, over a socket.

JSON and not pickle: a worker runs other people's code, and nothing that it sends may run in the host.

==================  ===========================================================================
host to worker
------------------  ---------------------------------------------------------------------------
``work``            a :class:`tomaat.workers.work.Work`
``cancel``          a job's id: stop it at its next step
worker to host
------------------  ---------------------------------------------------------------------------
``ready``           a :class:`tomaat.workers.assignment.Started`
``checked``         ``true``: the weights that it was started for are good; the worker ends
``broken``          an error: the app could not be loaded, or not try these weights; the worker ends
``progress``        ``[job, fraction, message]``
``waiting``         ``[job, true]``: the job waits for what is not its own fault, and its time stands
                    still; ``[job, false]``: it goes on
``done``            ``job``, ``results``, ``timings``, ``provenance``, ``memory``
``failed``          ``job``, ``error``, ``memory``: the job has no results; the worker goes on
==================  ===========================================================================

A worker may have several jobs at once. ``memory`` has ``rss``, the peak of the process in bytes, and ``device``, its
peak on the GPU, or 0.
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
