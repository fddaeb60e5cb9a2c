"""The running service: its parts, joined."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress

from tomaat.errors import Unavailable
from tomaat_announce.changes import Feed
from tomaat_announce.clock import Clock
from tomaat_announce.database import Database
from tomaat_announce.endpoints import EndpointStore
from tomaat_announce.settings import ServiceSettings
from tomaat_announce.upgrade import upgrade

log = logging.getLogger(__name__)

PERIOD = 5.0
"""Seconds between two looks for what has expired."""
SET = 2.0
"""Seconds from which on a clock was set, and did not only run a little fast."""


class Service:
    """An announcement service without its routes.

    :ivar endpoints: announces, finds and forgets endpoints.
    :ivar feed: tells of what came and went.
    """

    def __init__(self, settings: ServiceSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.database = Database(settings.database_url)
        self.endpoints = EndpointStore(settings, self.database, self.clock)
        self.feed = Feed(self.database)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Bring the database to this version, and begin to look after it.

        Raises :class:`~tomaat.errors.SettingsError` where it can't be used.
        """
        await asyncio.to_thread(upgrade, self.database.engine)
        await self.endpoints.start()
        self._tasks = [asyncio.create_task(self._look_after()), asyncio.create_task(self.feed.run())]

    async def stop(self) -> None:
        """Finish what is being written and close the database."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self.database.close)

    async def tend(self) -> None:
        """What is done every few seconds: follow the machine's clock, unlist what has expired."""
        seconds = self.clock.jump()
        if abs(seconds) > SET:
            log.warning("the machine's clock was set by %+.0f s; no endpoint expires because of that", seconds)
            await self.endpoints.clock_was_set(seconds)
        self.clock.adopt()
        await self.endpoints.sweep()

    async def _look_after(self) -> None:
        while True:
            try:
                await self.tend()
            except Unavailable:
                pass  # logged where it happened; the next look comes soon
            except Exception:
                log.exception("could not look after the endpoints")
            await asyncio.sleep(PERIOD)
