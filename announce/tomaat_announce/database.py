"""The service's database: many readers, one writer that commits for many callers at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tomaat.errors import SettingsError, Unavailable
from tomaat_announce.writer import Writer, is_away

T = TypeVar("T")

log = logging.getLogger(__name__)

READERS = 4
WAIT = 3
"""Seconds that PostgreSQL has to take a connection."""
STATEMENT = 10_000
"""Milliseconds that PostgreSQL may take for a statement, and that data may go without an acknowledgement."""


class Database:
    """An open database, which may be away for a while: calls then raise :class:`~tomaat.errors.Unavailable`.

    What :meth:`write` has returned from is on the disk.

    :param failed: called when the database could not be used.
    """

    def __init__(self, url: str, failed: Callable[[], None] = lambda: None) -> None:
        self.engine = open_engine(url)
        self._reading = open_engine(url, reading=True)
        self._failed = failed
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="announce-read")
        self._writer = Writer(self.engine)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns; it is given a connection to read with, in another thread."""

        def reading() -> T:
            try:
                with self._reading.connect() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                raise self._told(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, once what it wrote is on the disk; nothing is written if it raises.

        Callers that come at the same time share one commit, which is what a disk is slow at. ``work`` may be called
        again if the database asks for it, so it must do nothing but database work.
        """
        try:
            return await asyncio.wrap_future(self._writer.submit(work))
        except SQLAlchemyError as error:
            raise self._told(error) from error

    def _told(self, error: SQLAlchemyError) -> Exception:
        told = unavailable(error)
        if isinstance(told, Unavailable):
            self._failed()
        return told

    def close(self) -> None:
        """Finish what is being written, then let go of the database."""
        self._writer.close()
        self._readers.shutdown(wait=True)
        self.engine.dispose()
        self._reading.dispose()


def unavailable(error: SQLAlchemyError) -> Exception:
    """What a caller is told: that the database is away, or its disk full; or the error itself if it is a mistake."""
    if not is_away(error) and not isinstance(error, PoolTimeout):
        return error
    reason = str(getattr(error, "orig", error)).strip()
    log.error("the database can't be used: %s", reason)
    if "is full" in reason or "No space left" in reason:
        return Unavailable(
            "The announcement service's disk is full; its administrator has to make room.", retry_after=60
        )
    return Unavailable(
        "The announcement service's database is away; nothing was stored. Try again soon.", retry_after=5
    )


def open_engine(url: str, *, reading: bool = False) -> Engine:
    """An engine for SQLite or PostgreSQL.

    :param reading: for statements that read, each for itself; else what is begun is a transaction that writes.

    Raises :class:`~tomaat.errors.SettingsError` for what is no such database.
    """
    try:
        parsed = make_url(url)
    except (SQLAlchemyError, ValueError):  # which may repeat the URL, and the password in it
        raise SettingsError("The database URL can't be read; write postgresql://USER@HOST/NAME.") from None
    backend = parsed.get_backend_name()
    options: dict[str, Any] = {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "pool_size": READERS if reading else 1,
    }
    if reading:
        options["isolation_level"] = "AUTOCOMMIT"
    if backend == "postgresql":
        return _open_postgresql(parsed, options)
    if backend == "sqlite":
        if parsed.database in (None, "", ":memory:"):
            raise SettingsError("The database must be a file, which is there after a restart: sqlite:////PATH/NAME.")
        return _open_sqlite(url, options)
    raise SettingsError(f"The database is SQLite or PostgreSQL, not {backend}: write postgresql://USER@HOST/NAME.")


def _open_postgresql(parsed: URL, options: dict[str, Any]) -> Engine:
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    limits = {
        "connect_timeout": WAIT,
        "tcp_user_timeout": STATEMENT,
        "options": f"-c statement_timeout={STATEMENT} -c lock_timeout={STATEMENT}",
    }
    try:
        return create_engine(parsed, pool_pre_ping=True, connect_args=limits, **options)
    except ModuleNotFoundError:
        raise SettingsError("PostgreSQL needs psycopg: pip install 'tomaat[postgresql]'.") from None


def _open_sqlite(url: str, options: dict[str, Any]) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, **options)

    @event.listens_for(engine, "connect")
    def durable(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, so that also a migration is one
        # WAL lets readers go on beside the writer; FULL syncs it at each commit.
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    if "isolation_level" not in options:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            # Who began as a reader would fail, instead of waiting, when another has written in between.
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
