"""Callers that share a commit, and do not share their errors."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, wait
from threading import Event
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from tomaat.database.engine import open_engine
from tomaat.database.writer import TOGETHER, Writer


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (number INTEGER PRIMARY KEY)"))
    yield engine
    engine.dispose()


@pytest.fixture
def writer(engine: Engine) -> Iterator[Writer]:
    writer = Writer(engine)
    yield writer
    writer.close()


def insert(number: int) -> Any:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO numbers VALUES (:number)"), {"number": number})
        return number

    return work


def numbers(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT number FROM numbers ORDER BY number")).scalars())


def transactions(connection: Connection) -> Any:
    """Something that is the same for all that is done in one transaction."""
    if connection.dialect.name == "postgresql":
        return connection.execute(text("SELECT pg_current_xact_id()")).scalar_one()
    return id(connection.get_transaction())


def held(writer: Writer) -> Event:
    """Keep the writer busy until the event is set, so that what is submitted meanwhile is done together."""
    begun, release = Event(), Event()

    def hold(_: Connection) -> None:
        begun.set()
        release.wait(10)

    writer.submit(hold)
    assert begun.wait(10)
    return release


def test_what_waits_shares_a_commit(writer: Writer, engine: Engine) -> None:
    release = held(writer)
    done = [writer.submit(transactions) for _ in range(TOGETHER)]
    release.set()
    assert len({future.result(10) for future in done}) == 1


def test_an_error_of_one_undoes_its_work_alone(writer: Writer, engine: Engine) -> None:
    def fails(connection: Connection) -> None:
        insert(2)(connection)
        raise LookupError("two")

    release = held(writer)
    done: list[Future[Any]] = [writer.submit(work) for work in (insert(1), fails, insert(3))]
    release.set()
    assert (done[0].result(10), done[2].result(10)) == (1, 3)
    with pytest.raises(LookupError, match="two"):
        done[1].result(10)
    assert numbers(engine) == [1, 3]


def test_what_the_database_refuses_is_refused_to_that_caller_alone(writer: Writer, engine: Engine) -> None:
    release = held(writer)
    done = [writer.submit(insert(number)) for number in (1, 1, 2)]
    release.set()
    wait(done, 10)
    assert [future.exception() is None for future in done] == [True, False, True]
    assert numbers(engine) == [1, 2]


def test_a_caller_who_has_gone_is_not_written_for(writer: Writer, engine: Engine) -> None:
    release = held(writer)
    gone, stays = writer.submit(insert(1)), writer.submit(insert(2))
    assert gone.cancel()
    release.set()
    stays.result(10)
    assert numbers(engine) == [2]


def test_the_end_comes_after_what_was_submitted(engine: Engine) -> None:
    writer = Writer(engine)
    done = [writer.submit(insert(number)) for number in range(200)]
    writer.close()
    assert [future.result(0) for future in done] == numbers(engine) == list(range(200))
