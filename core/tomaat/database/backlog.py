"""What has to be written although the database is away: done in its order as soon as it is back."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from tomaat.errors import Unavailable

log = logging.getLogger(__name__)

FIRST, LONGEST = 0.1, 5.0
"""Seconds between two tries: they double from the one to the other."""

Work = Callable[[Connection], Any]


@dataclass(frozen=True)
class _Owed:
    work: Work
    synced: bool
    about: Collection[str]


class Backlog:
    """Writes that wait for the database. They live in memory: a crash of the server meanwhile loses them.

    :param write: writes one now, or raises :class:`~tomaat.errors.Unavailable`.
    """

    def __init__(self, write: Callable[[Work, bool], Awaitable[Any]]) -> None:
        self._write = write
        self._owed: deque[_Owed] = deque()
        self._back = asyncio.Event()
        self._catching_up: asyncio.Task[None] | None = None

    async def write(self, work: Work, *, synced: bool, about: Collection[str]) -> None:
        """Write now if that is possible, else later; only for what may be written whenever the database is back.

        :param about: the names of what it is about, for :meth:`has`.
        """
        if not self._owed:
            try:
                await self._write(work, synced)
                return
            except Unavailable:
                pass
        self._owed.append(_Owed(work, synced, about))
        if self._catching_up is None:
            self._catching_up = asyncio.create_task(self._catch_up())

    def hurry(self) -> None:
        """Try again at once: the database has just been written."""
        if self._owed:
            self._back.set()

    def has(self, about: str) -> bool:
        """Whether something about this is not written yet."""
        return bool(self._owed) and any(about in owed.about for owed in self._owed)

    async def close(self, patience: float) -> None:
        """Write what is left, for ``patience`` seconds; the log says what is lost then."""
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        deadline = time.monotonic() + patience
        while self._owed and time.monotonic() < deadline:
            if not await self._write_all():
                await asyncio.sleep(FIRST)
        if self._owed:
            log.error("the database is away: %d changes could not be written, and are lost", len(self._owed))

    async def _catch_up(self) -> None:
        pause = FIRST
        while self._owed:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._back.wait()
            pause = FIRST if await self._write_all() else min(2 * pause, LONGEST)
        self._catching_up = None

    async def _write_all(self) -> bool:
        """Write as many as can be; ``False`` if the database is still away."""
        self._back.clear()
        while self._owed:
            owed = self._owed[0]
            try:
                await self._write(owed.work, owed.synced)
            except Unavailable:
                return False
            except Exception:  # a mistake, which must not keep back what comes after it
                log.exception("a change could not be written")
            self._owed.popleft()
        return True
