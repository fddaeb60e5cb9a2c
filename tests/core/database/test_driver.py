"""Statements of the driver's own belong to the transaction, and fail as SQLAlchemy's do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from tomaat.database.driver import execute
from tomaat.database.engine import open_engine

INSERT = "INSERT INTO names (number, name) VALUES (?, ?)"


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    with engine.begin() as connection:
        execute(connection, "CREATE TABLE names (number INTEGER PRIMARY KEY, name TEXT)")
        execute(connection, INSERT, [1, "one"])
    yield engine
    engine.dispose()


def names(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        return [name for (name,) in execute(connection, "SELECT name FROM names ORDER BY number").fetchall()]


def test_what_raises_is_undone(engine: Engine) -> None:
    def fail() -> None:
        with engine.begin() as connection:
            execute(connection, INSERT, [2, "two"])
            raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        fail()
    assert names(engine) == ["one"]


def test_errors_are_sqlalchemy_s_and_show_no_values(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as twice, engine.begin() as connection:
        execute(connection, INSERT, [1, "somebody"])
    assert "somebody" not in str(twice.value)
    with pytest.raises(SQLAlchemyError) as wrong, engine.begin() as connection:
        execute(connection, "SELECT FROM nowhere WHERE")
    assert not isinstance(wrong.value, IntegrityError)
    assert names(engine) == ["one"]
