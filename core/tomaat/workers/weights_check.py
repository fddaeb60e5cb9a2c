"""Try uploaded weights in a process of their own: a file that crashes a library takes nothing else down."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path

import orjson

from tomaat.cores import use_threads
from tomaat.errors import TomaatError, WeightsMismatch
from tomaat.plugins import find_plugins
from tomaat.weights.declaration import WeightsFile
from tomaat.workers.networks import NetworkCache
from tomaat.workers.process import Assignment, as_error
from tomaat.workers.worker import end

LIMIT = 300.0
"""Seconds that a check may take: a large network computes one window on a slow processor."""
LONGEST = 2**20
"""Bytes of the answer."""
FIRST_TO_GO = "1000"
"""For Linux, when memory runs out: this process, and not one that has a job."""


async def check_weights(context: ForkServerContext, assignment: Assignment, weights: WeightsFile) -> None:
    """Load weights on the processor and have the app look at the network.

    :param assignment: what a worker of the app would be started for.

    Raises :class:`WeightsMismatch`, also for weights at which the process dies.
    """
    answer = await asyncio.to_thread(_ask, context, assignment, weights)
    if answer is not None:
        raise TomaatError.from_json(answer)


def _ask(context: ForkServerContext, assignment: Assignment, weights: WeightsFile) -> dict[str, str] | None:
    """The error that the check ended with, as JSON: what is unpickled in the host must not come from an app."""
    ours, theirs = context.Pipe(duplex=False)
    checker = context.Process(target=_check, args=(theirs, assignment, weights), name="tomaat-check-weights")
    try:
        checker.start()
        theirs.close()
        if not ours.poll(LIMIT):
            return _refused(f"These weights could not be checked within {LIMIT:g} s.")
        answer: dict[str, str] | None = orjson.loads(ours.recv_bytes(LONGEST))
        return answer
    except (EOFError, OSError):
        return _refused("The app's process ended while it loaded these weights: it crashed, or ran out of memory.")
    finally:
        ours.close()
        theirs.close()
        end(checker)


def _refused(why: str) -> dict[str, str]:
    return WeightsMismatch(why).as_json()


def _check(answer: Connection, assignment: Assignment, weights: WeightsFile) -> None:
    os.setsid()  # one group with all that it starts, to be killed as one
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(level=logging.INFO, format=f"%(levelname)s [{assignment.app}] %(message)s")
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="utf-8")
    use_threads(assignment.threads)
    try:
        _try(assignment, weights)
    except Exception as error:
        answer.send_bytes(orjson.dumps(_told(error, assignment.app).as_json()))
        return
    answer.send_bytes(orjson.dumps(None))


def _try(assignment: Assignment, weights: WeightsFile) -> None:
    plugins = find_plugins(only=assignment.plugins, networks=assignment.networks)
    instance = plugins.app(assignment.app).app()
    instance.check_weights(NetworkCache(plugins.loaders, instance, "cpu").load(weights))


def _told(error: Exception, app: str) -> TomaatError:
    """Whatever goes wrong with a file that somebody has sent is most likely the file's fault."""
    if isinstance(error, TomaatError):
        return error
    reference = as_error(error, f"weights for {app} could not be tried")
    return WeightsMismatch(f"The app {app!r} could not try these weights. {reference.detail}")
