"""Ask every endpoint now and then whether it is there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from tomaat.database import Database
from tomaat.errors import Unavailable
from tomaat_announce.addresses import Resolver
from tomaat_announce.checking import Checker, Outcome
from tomaat_announce.clock import Clock
from tomaat_announce.due import Checked, Due, claim, settle
from tomaat_announce.settings import ServiceSettings

log = logging.getLogger(__name__)

PERIOD = 1.0
"""Seconds between two looks for what is due."""
MOST = 200
"""Endpoints that are taken at a look, and that may wait at once: so checks never take much of the processor, nor of
memory. Where there are more, each is checked less often than the settings say."""


class Liveness:
    """Checks what is due, a bounded number at a time, until it is cancelled.

    :param count: told of each outcome.
    """

    def __init__(
        self, settings: ServiceSettings, database: Database, clock: Clock, count: Callable[[Outcome], None]
    ) -> None:
        self._interval = settings.check_interval
        self._lease = 30.0 + 2 * settings.check_timeout * (1 + MOST / settings.checks_at_once)
        self._database = database
        self._clock = clock
        self._count = count
        self._checker = Checker(Resolver(), private=settings.check_private, timeout=settings.check_timeout)
        self._free = asyncio.Semaphore(settings.checks_at_once)
        self._running: set[asyncio.Task[None]] = set()
        self._checked: list[Checked] = []

    async def run(self) -> None:
        """Check until cancelled; return at once where the settings say never to check."""
        if not self._interval:
            return
        try:
            while True:
                await self._look()
                await asyncio.sleep(PERIOD)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    async def _look(self) -> None:
        try:
            await self._settle()
            await self._begin()
        except Unavailable:
            pass  # logged where it happened; what was found is found again when the claims have run out
        except Exception:
            log.exception("could not check endpoints")

    async def _settle(self) -> None:
        """Write down what was found since the last look."""
        checked, self._checked = self._checked, []
        if checked:
            now = self._clock.now()
            await self._database.write(partial(settle, checked=checked, now=now, interval=self._interval))

    async def _begin(self) -> None:
        """Begin to check what is due."""
        room = MOST - len(self._running)
        if room:
            now = self._clock.now()
            for due in await self._database.write(partial(claim, now=now, most=room, lease=self._lease)):
                task = asyncio.create_task(self._check(due))
                self._running.add(task)
                task.add_done_callback(self._running.discard)

    async def _check(self, due: Due) -> None:
        async with self._free:
            try:
                outcome = await self._checker.check(due.interface_url)
            except Exception as error:  # nothing of the endpoint's goes to the log, as an error's text may be
                log.error("the check of %s failed in a way that nobody expected: %s", due.sid, type(error).__name__)
                outcome = Outcome.NO_ANSWER
        self._count(outcome)
        self._checked.append(Checked(due, outcome))
