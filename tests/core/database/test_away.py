"""A database that is away for a while: callers are told, the log says it once, and what has to be written is."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from calls import soon
from postgresql import PostgreSQL
from tomaat.database import Database, backlog
from tomaat.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tomaat.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{path}")
    with database.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE numbers (number INTEGER)")
        connection.exec_driver_sql("PRAGMA busy_timeout=100")
    yield database
    database.close()


def number(value: int) -> object:
    return lambda connection: connection.execute(text("INSERT INTO numbers VALUES (:value)"), {"value": value})


def numbers(connection: Connection) -> list[int]:
    return list(connection.execute(text("SELECT number FROM numbers ORDER BY rowid")).scalars())


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.name.startswith("tomaat.database")]


async def test_a_lock_that_lasts_is_told_and_what_must_be_written_is_written_in_order(
    path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        for _ in range(3):
            with pytest.raises(Unavailable, match="database is away"):
                await database.write(number(0))  # type: ignore[arg-type]
        for value in (1, 2, 3):
            await database.write_surely(number(value), about=[f"job {value}"])  # type: ignore[arg-type]
        assert [database.owes(f"job {value}") for value in (1, 2, 3, 4)] == [True, True, True, False]
        assert not database.writable
        assert await database.read(numbers) == []
        other.execute("ROLLBACK")
    await soon(lambda: not database.owes("job 3"))
    assert await database.read(numbers) == [1, 2, 3]
    async with asyncio.timeout(15):
        while not database.writable:
            await database.write(numbers)
    assert said(caplog)[0] == "the database can't be used: database is locked"
    assert [line for line in said(caplog) if "can be used again" in line]
    assert len(said(caplog)) == 2


async def test_what_is_owed_is_written_as_soon_as_anything_can_be(
    path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "FIRST", 3600.0)
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await database.write_surely(number(1), about=["a"])  # type: ignore[arg-type]
        await asyncio.sleep(0)  # it has begun to wait for the next try
        other.execute("ROLLBACK")
    await database.write(number(2))  # type: ignore[arg-type]
    await soon(lambda: not database.owes("a"))
    assert await database.read(numbers) == [2, 1]


async def test_what_is_owed_at_the_end_is_written_then(path: Path, database: Database) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await database.write_surely(number(1), about=["a"])  # type: ignore[arg-type]
        other.execute("ROLLBACK")
    await database.settle()
    assert await database.read(numbers) == [1]


async def test_what_can_not_be_written_at_the_end_is_said(
    path: Path, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        await database.write_surely(number(1))  # type: ignore[arg-type]
        await database.settle(patience=0.3)
        other.execute("ROLLBACK")
    assert "1 changes could not be written, and are lost" in caplog.text


async def test_a_mistake_does_not_keep_back_what_comes_after_it(path: Path, database: Database) -> None:
    def mistake(connection: Connection) -> None:
        raise LookupError("a mistake")

    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        for work in (mistake, number(2)):
            await database.write_surely(work)  # type: ignore[arg-type]
        other.execute("ROLLBACK")
    await database.settle()
    assert await database.read(numbers) == [2]


async def test_a_file_that_has_gone_is_missed_and_taken_up_when_it_is_back(path: Path, database: Database) -> None:
    away = path.with_name("away.db")
    path.rename(away)
    with pytest.raises(Unavailable):
        await database.write(number(1))  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await database.read(numbers)
    assert not path.exists()  # no empty one was made in its place
    path.write_bytes(b"")
    with pytest.raises(Unavailable):
        await database.write(number(2))  # type: ignore[arg-type]
    away.replace(path)
    await database.write(number(3))  # type: ignore[arg-type]
    assert await database.read(numbers) == [3]


async def test_a_full_disk_is_told_and_all_goes_on_when_there_is_room(database: Database) -> None:
    def limit(pages: int) -> object:
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    await database.write(limit(60))  # type: ignore[arg-type]

    def much(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS much (text TEXT)")
        connection.execute(text("INSERT INTO much VALUES (:text)"), {"text": "x" * 10**6})

    with pytest.raises(Unavailable, match="disk is full"):
        await database.write(much)
    await database.write_surely(much, about=["much"])
    assert database.owes("much")
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=100000")
    await soon(lambda: not database.owes("much"))


async def test_a_server_that_is_stopped_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    server = PostgreSQL()
    database = Database(server.new_database())
    try:
        await database.write(lambda connection: connection.execute(text("CREATE TABLE numbers (number INTEGER)")))
        server.stop()
        with pytest.raises(Unavailable):
            await database.write(number(0))  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            await database.read(lambda connection: connection.execute(text("SELECT 1")).scalar())
        for value in range(1, 100):
            await database.write_surely(number(value), synced=bool(value % 2), about=["all"])  # type: ignore[arg-type]
        server.start()
        await soon(lambda: not database.owes("all"))
        found = await database.read(
            lambda connection: connection.execute(text("SELECT * FROM numbers")).scalars().all()
        )
        assert list(found) == list(range(1, 100))
    finally:
        database.close()
        server.close()
    assert len([line for line in said(caplog) if "can't be used" in line]) == 2  # of reading, and of writing


async def test_what_need_not_outlive_a_power_cut_is_not_synced(database_url: str) -> None:
    database = Database(database_url)
    setting = "PRAGMA synchronous" if database_url.startswith("sqlite") else "SHOW synchronous_commit"
    full, normal = (2, 1) if database_url.startswith("sqlite") else ("on", "off")

    def level(connection: Connection) -> object:
        return connection.exec_driver_sql(setting).scalar()

    for synced in (True, False, False, True):
        assert await database.write(level, synced=synced) == (full if synced else normal)
    database.close()
