"""Engines for the two databases that there are: SQLite, and PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from tomaat.database.driver import execute
from tomaat.errors import SettingsError

READERS = 4
WAIT = 3
"""Seconds that PostgreSQL has to take a connection."""
STATEMENT = 10_000
"""Milliseconds that PostgreSQL may take for a statement, and that data may go without an acknowledgement."""
BUSY = 5_000
"""Milliseconds that SQLite waits for another process to end its transaction."""
UNSYNCED = "unsynced"
"""In a connection's ``info``: whether the end of the transactions that it begins need not have reached the disk. They
survive a crash of the server, and perhaps no power cut."""


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
        return _open_sqlite(parsed, options)
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
        engine = create_engine(parsed, pool_pre_ping=True, connect_args=limits, **options)
    except ModuleNotFoundError:
        raise SettingsError("PostgreSQL needs psycopg: pip install 'tomaat[postgresql]'.") from None

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.info.get(UNSYNCED):
            execute(connection, "SET LOCAL synchronous_commit TO OFF")

    return engine


def _open_sqlite(parsed: URL, options: dict[str, Any]) -> Engine:
    engine = create_engine(parsed, connect_args={"check_same_thread": False}, **options)
    reading = "isolation_level" in options
    path = Path(str(parsed.database))

    @event.listens_for(engine, "do_connect")
    def open_file(*_: Any) -> None:
        if not path.exists():
            if reading:
                raise sqlite3.OperationalError("its file has gone")
            _make(path)

    @event.listens_for(engine, "connect")
    def durable(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, so that also a migration is one
        record.info["file"] = _identity(path)
        # WAL lets readers go on beside the writer. FULL syncs it at each commit. What is deleted is overwritten.
        pragmas = (f"busy_timeout={BUSY}", "journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON")
        for pragma in (*pragmas, "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    if not reading:

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            info = connection.info
            if info["file"] != _identity(path):
                # SQLite would go on writing to the file that nobody can find any more.
                gone = sqlite3.OperationalError("its file has gone, or is another one")
                raise OperationalError("BEGIN", None, gone)
            level = "NORMAL" if info.get(UNSYNCED) else "FULL"
            if info.get("synchronous", "FULL") != level:
                execute(connection, f"PRAGMA synchronous={level}")
                info["synchronous"] = level
            # Who began as a reader would fail, instead of waiting, when another has written in between.
            execute(connection, "BEGIN IMMEDIATE")

    return engine


def _make(path: Path) -> None:
    """Make an empty file for its owner alone; SQLite gives the files beside it the same mode."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file this is, whatever its name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
