"""An open database: readers in threads, and one writer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tomaat.database.backlog import Backlog
from tomaat.database.engine import READERS, open_engine
from tomaat.database.outage import Outage
from tomaat.database.upgrade import HOST, PATIENCE, Migrations, upgrade
from tomaat.database.writer import Writer

T = TypeVar("T")

SETTLE = 3.0
"""Seconds that a database which is away has at the end."""


class Database:
    """An open database, which may be away for a while: calls then raise :class:`~tomaat.errors.Unavailable`.

    :param migrations: the steps that made its tables, and what the server is called.
    :param ready: bring it to the newest of these steps at once; else :meth:`upgrade` has to.
    :param failed: called, in any thread, each time when the database could not be used.

    Raises :class:`~tomaat.errors.SettingsError` for a URL of no database, and what :meth:`upgrade` raises.
    """

    def __init__(
        self,
        url: str,
        *,
        migrations: Migrations = HOST,
        ready: bool = True,
        failed: Callable[[], None] = lambda: None,
    ) -> None:
        self.engine = open_engine(url)
        self._reading = open_engine(url, reading=True)
        self._migrations = migrations
        self._failed = failed
        self._reads, self._writes = Outage(migrations.server), Outage(migrations.server)
        self._backlog = Backlog(lambda work, synced: self.write(work, synced=synced))
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="database-read")
        self._writer = Writer(self.engine)
        if ready:
            self.upgrade()

    def upgrade(self, patience: float = PATIENCE) -> None:
        """Add what an older version, or an empty database, lacks. Waits ``patience`` seconds for one that is away.

        Raises :class:`~tomaat.errors.SettingsError` for a database of a newer version, and for one that can't be used.
        """
        upgrade(self.engine, self._migrations, patience)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns; it is given a connection to read with, in another thread."""

        def reading() -> T:
            try:
                with self._reading.connect() as connection:
                    found = work(connection)
            except SQLAlchemyError as error:
                raise self._told(self._reads, error) from error
            self._reads.over()
            return found

        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    async def write(self, work: Callable[[Connection], T], *, synced: bool = True) -> T:
        """What ``work`` returns, once what it wrote is committed; nothing is written if it raises.

        Callers that come at the same time share one commit, which is what a disk is slow at. ``work`` may be called
        again if the database asks for it, so it must do nothing but database work.

        :param synced: whether it must outlive a power cut. What nobody was told yet need only survive a crash of the
            server, and costs less.
        """
        try:
            done = await _in_loop(self._writer.submit(work, synced=synced))
        except SQLAlchemyError as error:
            raise self._told(self._writes, error) from error
        self._writes.over()
        self._backlog.hurry()
        return done

    async def write_surely(
        self, work: Callable[[Connection], object], *, synced: bool = True, about: Collection[str] = ()
    ) -> None:
        """Like :meth:`write`; but while the database is away this returns at once, and ``work`` is done when it is
        back, after all that was left to be done before it.

        :param about: the names of what it is about, for :meth:`owes`.
        """
        await self._backlog.write(work, synced=synced, about=about)

    def owes(self, about: str) -> bool:
        """Whether something about this waits for the database to be back: what can be read of it is old."""
        return self._backlog.has(about)

    @property
    def writable(self) -> bool:
        """Whether nothing has gone wrong with writing lately."""
        return not self._writes.lasts

    async def settle(self, patience: float = SETTLE) -> None:
        """Write what :meth:`write_surely` still owes, for at most ``patience`` seconds: before :meth:`close`."""
        await self._backlog.close(patience)

    def close(self) -> None:
        """Finish what is being written, then let go of the database."""
        self._writer.close()
        self._readers.shutdown(wait=True)
        self.engine.dispose()
        self._reading.dispose()

    def _told(self, outage: Outage, error: SQLAlchemyError) -> Exception:
        told = outage.of(error)
        if told is not error:
            self._failed()
        return told


async def _in_loop(writing: Future[T]) -> T:
    """What comes of it, like :func:`asyncio.wrap_future`, which takes several times as long."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def tell(_: Future[T]) -> None:
        with suppress(RuntimeError):  # the loop has been closed
            loop.call_soon_threadsafe(_wake, done)

    writing.add_done_callback(tell)
    try:
        await done
    except asyncio.CancelledError:
        writing.cancel()
        raise
    return writing.result()


def _wake(done: asyncio.Future[None]) -> None:
    if not done.done():
        done.set_result(None)
