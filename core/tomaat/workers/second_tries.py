"""What becomes of a job for which memory ran out: once more alone on its device, then in the smaller way."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from tomaat.errors import OutOfMemory, TooLarge
from tomaat.workers.executor import Outcome
from tomaat.workers.room import Holder, Room
from tomaat.workers.work import Work

log = logging.getLogger(__name__)

Run = Callable[[Work], Awaitable[Outcome]]
"""Has the worker do a job, from its beginning: stages change their data in place, so none can be run again alone."""


async def run_in_memory(
    work: Work, run: Run, room: Room, holder: Holder, given_up: Callable[[], bool] = lambda: False
) -> Outcome:
    """What ``run`` gives for ``work``; tried up to three times, with more room each time.

    A job that was refused as too large is tried once more if others had some of the memory.

    :param given_up: whether nobody waits for the job any more.

    Raises what the last try failed with.
    """
    share = room.share(holder)
    try:
        return await run(replace(work, share=share))
    except OutOfMemory as error:
        log.warning("job %s of %s ran out of memory; it is tried alone: %s", work.job, work.app, error)
    except TooLarge:
        if share.whole:
            raise
        log.info("job %s of %s is too large while others run; it is tried alone", work.job, work.app)
    async with room.alone(holder, given_up):
        try:
            return _noted(await run(replace(work, share=room.share(holder))), 2)
        except OutOfMemory as error:
            log.warning("job %s of %s is tried in the smaller way: %s", work.job, work.app, error)
        return _noted(await run(replace(work, share=room.share(holder), frugal=True)), 3)


def _noted(outcome: Outcome, tries: int) -> Outcome:
    """With what the result shall say of it."""
    said = {"tries": tries, "alone": True, "smaller_plan": tries > 2}
    return replace(outcome, provenance=outcome.provenance | {"memory": said})
