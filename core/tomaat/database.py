"""The host's database: the tables' base, and the one thread that all work in it goes through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, TypeVar

import orjson
from sqlalchemy import JSON, Connection, Engine, Table, create_engine, event, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.schema import CreateColumn

T = TypeVar("T")


class Base(DeclarativeBase):
    """All tables of the host."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON}


class Database:
    """An open database. Each call is one transaction, committed when it returns.

    One thread does all the work, in order: SQLite has one writer anyway, and the event loop never waits for a disk.

    What was acknowledged must outlive a power cut, so that its commit is ``synced`` to the disk. What nobody was told
    yet need only survive a crash of the host.
    """

    def __init__(self, url: str) -> None:
        self._synced = _open(url, synchronous="FULL")
        self._unsynced = _open(url, synchronous="NORMAL")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")

    def table(self, row: type[Base]) -> Table:
        """The table of ``row``, made where it is missing. A database of an older version gets the columns that it
        lacks; nothing is ever dropped."""
        table = Base.metadata.tables[row.__tablename__]
        table.create(self._synced, checkfirst=True)
        _add_missing_columns(self._synced, table)
        return table

    async def read(self, work: Callable[[Connection], T]) -> T:
        """What ``work`` returns; it is given a connection, in the database's thread."""

        def reading() -> T:
            with self._unsynced.connect() as connection:
                return work(connection)

        return await self._run(reading)

    async def write(self, work: Callable[[Connection], T], *, synced: bool = False) -> T:
        """What ``work`` returns; what it wrote is then committed, and undone if it raises."""

        def writing() -> T:
            with (self._synced if synced else self._unsynced).begin() as connection:
                return work(connection)

        return await self._run(writing)

    def close(self) -> None:
        """Finish what is being written, then let go of the database."""
        self._thread.shutdown(wait=True)
        self._synced.dispose()
        self._unsynced.dispose()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _open(url: str, *, synchronous: str) -> Engine:
    engine = create_engine(
        url, json_serializer=lambda value: orjson.dumps(value).decode(), json_deserializer=orjson.loads
    )
    if make_url(url).get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def durable(connection: Any, record: Any) -> None:
            # WAL lets readers go on beside the writer. FULL syncs it at each commit, NORMAL now and then.
            for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "busy_timeout=10000", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


def _add_missing_columns(engine: Engine, table: Table) -> None:
    present = {column["name"] for column in inspect(engine).get_columns(table.name)}
    for column in table.columns:
        if column.name not in present:
            name = engine.dialect.identifier_preparer.format_table(table)
            declared = CreateColumn(column).compile(dialect=engine.dialect)
            with engine.begin() as connection:
                connection.execute(text(f"ALTER TABLE {name} ADD COLUMN {declared}"))
