"""What came, changed and went, in order: noted with what happened, and told to those who listen."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from tomaat.database import Database
from tomaat.errors import Unavailable
from tomaat_announce.shapes import endpoint_as_json
from tomaat_announce.tables import CHANGES, Change

log = logging.getLogger(__name__)

KEPT = 24 * 3600.0
"""Seconds that a change can be asked for again, by a client whose connection broke."""
PERIOD = 1.0
"""Seconds between two looks for changes: other processes write them, too."""
LATE = 200
"""How far back to look again: on PostgreSQL a lower number may be committed after a higher one."""
MOST_LISTENERS = 1000
MOST_WAITING = 10_000
"""Changes that a slow listener may be behind, before it is told to begin anew."""
BATCH = 500


def note(connection: Connection, kind: str, rows: Sequence[Row[Any]], now: float) -> None:
    """Write down that endpoints have ``appeared``, ``changed`` or are ``gone``."""
    connection.execute(insert(CHANGES), [{"at": now, "kind": kind, "endpoint": endpoint_as_json(row)} for row in rows])


def forget(connection: Connection, now: float) -> None:
    """Remove what nobody will ask for again."""
    connection.execute(delete(CHANGES).where((Change.at < now - KEPT) | (Change.at > now + KEPT)))


class Listener:
    """One who listens: the changes that it has not been told of yet.

    :ivar after: the number of a change that it is not told of, nor of any before.
    """

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self._waiting: deque[Row[Any]] = deque()
        self._some = asyncio.Event()
        self.lost = False

    def tell(self, change: Row[Any]) -> None:
        """Add a change; one who takes none is not waited for."""
        if len(self._waiting) < MOST_WAITING:
            self._waiting.append(change)
            self._some.set()
        else:
            self.lose()

    def lose(self) -> None:
        """Tell it nothing more: it has to come again."""
        self.lost = True
        self._some.set()

    async def next(self, timeout: float) -> Row[Any] | None:
        """The next change; ``None`` if there is none for ``timeout`` seconds."""
        if not self._waiting:
            self._some.clear()
            try:
                await asyncio.wait_for(self._some.wait(), timeout)
            except TimeoutError:
                return None
        return self._waiting.popleft() if self._waiting else None


class Feed:
    """Tells listeners of changes as they come, whichever process of the service noted them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listeners: set[Listener] = set()
        self._told: deque[int] = deque(maxlen=2 * LATE)

    @property
    def listeners(self) -> int:
        """How many listen."""
        return len(self._listeners)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Listener]:
        """One who listens until it leaves. Raises :class:`~tomaat.errors.Unavailable` when there are too many."""
        if len(self._listeners) >= MOST_LISTENERS:
            raise Unavailable("Too many listen already. Ask for the list now and then instead.", retry_after=60)
        if not self._listeners:
            await self._begin()
        listener = Listener(self._known())
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Send all listeners away: the service stops."""
        for listener in self._listeners:
            listener.lose()

    async def since(self, number: int) -> AsyncIterator[Row[Any]]:
        """The changes after the one with this number, as far as they are kept."""
        while True:
            changes = await self._database.read(partial(_after, number))
            for change in changes:
                yield change
                number = change.id
            if len(changes) < BATCH:
                return

    async def run(self) -> None:
        """Look for changes, while anybody listens, until cancelled."""
        while True:
            try:
                await self._look()
            except Unavailable:
                pass  # logged; they wait, and are told when the database is back
            except Exception:
                log.exception("could not look for changes")
            await asyncio.sleep(PERIOD)

    async def _begin(self) -> None:
        """What was noted before now is nobody's news."""
        newest = select(Change.id).order_by(Change.id.desc()).limit(LATE)
        numbers = await self._database.read(lambda connection: list(connection.execute(newest).scalars()))
        self._told.clear()
        self._told.extend(reversed(numbers))

    def _known(self) -> int:
        """The change up to which all are known: nothing comes in between any more."""
        return max(max(self._told, default=0) - LATE, 0)

    async def _look(self) -> None:
        if not self._listeners:
            return
        async for change in self.since(self._known()):
            if change.id not in self._told:
                self._told.append(change.id)
                for listener in self._listeners:
                    listener.tell(change)


def _after(number: int, connection: Connection) -> list[Row[Any]]:
    return list(connection.execute(select(CHANGES).where(Change.id > number).order_by(Change.id).limit(BATCH)))
