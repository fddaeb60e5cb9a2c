"""The running service: its parts, joined."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Any

from sqlalchemy import Row

from tomaat.database import Database
from tomaat.errors import Unavailable
from tomaat_announce import keys
from tomaat_announce.addresses import Resolver, require_public
from tomaat_announce.announcement import URLS, Announcement
from tomaat_announce.changes import Feed
from tomaat_announce.clock import Clock
from tomaat_announce.counts import Counts
from tomaat_announce.endpoints import EndpointStore
from tomaat_announce.limits import Limits
from tomaat_announce.liveness import Liveness
from tomaat_announce.metrics import Metrics
from tomaat_announce.migrations import MIGRATIONS
from tomaat_announce.settings import ServiceSettings

log = logging.getLogger(__name__)

PERIOD = 5.0
"""Seconds between two looks for what has expired."""
SET = 2.0
"""Seconds from which on a clock was set, and did not only run a little fast."""


class Service:
    """An announcement service without its routes.

    :ivar endpoints: announces, finds and forgets endpoints.
    :ivar counts: how many there are, some seconds late.
    :ivar feed: tells of what came and went.
    :ivar limits: how often one key, and one address, may announce.
    :ivar metrics: what is counted.
    """

    def __init__(self, settings: ServiceSettings, clock: Clock | None = None) -> None:
        self.settings = settings
        self.clock = clock or Clock()
        self.limits = Limits(settings)
        self.metrics = Metrics()
        self.database = Database(
            settings.database_url, migrations=MIGRATIONS, ready=False, failed=self.metrics.database_errors.inc
        )
        self.endpoints = EndpointStore(settings, self.database, self.clock)
        self.counts = Counts(self.endpoints)
        self.feed = Feed(self.database)
        self._resolver = Resolver()
        self._liveness = Liveness(settings, self.database, self.clock, self.metrics.checked)
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Bring the database to this version, and begin to look after it.

        Raises :class:`~tomaat.errors.SettingsError` where it can't be used.
        """
        await asyncio.to_thread(self.database.upgrade)
        await self.endpoints.start()
        running = (self._look_after(), self.feed.run(), self._liveness.run())
        self._tasks = [asyncio.create_task(work) for work in running]

    async def stop(self) -> None:
        """Send listeners away, finish what is being written and close the database."""
        self.feed.close()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.to_thread(self.database.close)

    async def announce(self, key: str, announcement: Announcement) -> tuple[Row[Any], bool]:
        """Like :meth:`EndpointStore.announce`, where the settings let its addresses through.

        Raises :class:`~tomaat.errors.InvalidInput` for a URL whose host is not public, where only those are wanted.
        """
        if self.settings.public_only:
            # Names are looked up only for those with a key.
            await self.database.read(lambda connection: keys.recognise(connection, key, self.clock.now()))
            for field in URLS:
                if url := getattr(announcement, field):
                    await require_public(self._resolver, url, field)
        return await self.endpoints.announce(key, announcement)

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
