"""The service's database: many readers, one writer that commits for many callers at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
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
    """

    def __init__(self, url: str) -> None:
        self.engine = _open(url)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="announce-read")
        self._writer = Writer(self.engine)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns; it is given a connection, in another thread."""

        def reading() -> T:
            try:
                with self.engine.connect() as connection:
                    return work(connection)
            except SQLAlchemyError as error:
                raise unavailable(error) from error

        return await asyncio.get_running_loop().run_in_executor(self._readers, reading)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns, once what it wrote is on the disk; nothing is written if it raises.

        Callers that come at the same time share one commit, which is what a disk is slow at. ``work`` may be called
        again if the database asks for it, so it must do nothing but database work.
        """
        try:
            return await asyncio.wrap_future(self._writer.submit(work))
        except SQLAlchemyError as error:
            raise unavailable(error) from error

    def close(self) -> None:
        """Finish what is being written, then let go of the database."""
        self._writer.close()
        self._readers.shutdown(wait=True)
        self.engine.dispose()


def unavailable(error: SQLAlchemyError) -> Exception:
    """What a caller is told: that the database is away, or its disk full; or the error itself if it is a mistake."""
    if not is_away(error) and not isinstance(error, PoolTimeout):
        return error
    reason = str(getattr(error, "orig", error)).strip()
    log.error("the database can't be used: %s", reason)
    if "is full" in reason or "No space left" in reason:
        return Unavailable("The announcement service's disk is full; its administrator has to make room.", retry_after=60)
    return Unavailable("The announcement service's database is away; nothing was stored. Try again soon.", retry_after=5)


def _open(url: str) -> Engine:
    try:
        backend = make_url(url).get_backend_name()
    except SQLAlchemyError as error:
        raise SettingsError(f"The database URL can't be read: {error}") from None
    if backend == "postgresql":
        return _open_postgresql(url)
    if backend == "sqlite":
        return _open_sqlite(url)
    raise SettingsError(f"The database is SQLite or PostgreSQL, not {backend}: write postgresql://USER@HOST/NAME.")


def _options() -> dict[str, Any]:
    return {
        "json_serializer": lambda value: orjson.dumps(value).decode(),
        "json_deserializer": orjson.loads,
        "pool_size": READERS + 1,  # the readers and the writer
        "max_overflow": 2,
    }


def _open_postgresql(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.drivername == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    limits = {
        "connect_timeout": WAIT,
        "tcp_user_timeout": STATEMENT,
        "options": f"-c statement_timeout={STATEMENT} -c lock_timeout={STATEMENT}",
    }
    try:
        return create_engine(parsed, pool_pre_ping=True, connect_args=limits, **_options())
    except ModuleNotFoundError:
        raise SettingsError("PostgreSQL needs psycopg: pip install 'tomaat[postgresql]'.") from None


def _open_sqlite(url: str) -> Engine:
    engine = create_engine(url, connect_args={"check_same_thread": False}, **_options())

    @event.listens_for(engine, "connect")
    def durable(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, so that also a migration is one
        # WAL lets readers go on beside the writer; FULL syncs it at each commit.
        for pragma in ("busy_timeout=5000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A writer that began as a reader would fail, instead of waiting, when another has written in between.
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine
