"""Rows of the audit log hold together: nobody changes or removes one unseen."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from tomaat.audit.chain import append, rows, verify
from tomaat.audit.entry import Action, Entry
from tomaat.audit.pruning import prune, unguard
from tomaat.database.opening import opened


@pytest.fixture
def log(database_url: str) -> str:
    """A database with ten rows, a second apart."""
    with opened(database_url) as connection:
        for number in range(10):
            entry = Entry(Action.JOB_ACCEPTED, app="echo", inputs={"image": "ab" * 32}, time=1000.5 + number)
            append(connection, entry)
    return database_url


def tampered(database_url: str, statement: str) -> str:
    """What verifying finds after somebody with the database's own password was at work."""
    with opened(database_url) as connection:
        unguard(connection)
        connection.execute(text(statement))
        return verify(connection).fault


def numbers(connection: Connection) -> list[int]:
    return [row["number"] for row in rows(connection)]


def test_what_was_written_is_verified(log: str) -> None:
    with opened(log) as connection:
        verdict = verify(connection)
        assert (verdict.rows, verdict.fault) == (10, "")
        assert verdict.last == [row["hash"] for row in rows(connection)][-1]


@pytest.mark.parametrize("statement", ["UPDATE audit SET caller = 'x' WHERE number = 3", "DELETE FROM audit"])
def test_the_database_refuses_to_change_or_remove_rows(log: str, statement: str) -> None:
    with pytest.raises(DBAPIError, match="only added to"), opened(log) as connection:  # noqa: PT012
        try:
            connection.execute(text(statement))
        except DBAPIError as error:
            raise DBAPIError(str(error.orig), None, error.orig or error) from None
    with opened(log) as connection:
        assert verify(connection).rows == 10


def test_a_change_is_seen(log: str) -> None:
    assert "Row 3 was changed" in tampered(log, "UPDATE audit SET outcome = 'succeeded' WHERE number = 3")


def test_a_gap_is_seen(log: str) -> None:
    assert "between 4 and 6" in tampered(log, "DELETE FROM audit WHERE number = 5")


def test_a_missing_beginning_is_seen(log: str) -> None:
    assert "oldest rows" in tampered(log, "DELETE FROM audit WHERE number < 5")


def test_pruning_is_a_row_itself_and_the_rest_is_verified(log: str) -> None:
    with opened(log) as connection:
        assert prune(connection, 1004.0) == 4
        assert numbers(connection) == [5, 6, 7, 8, 9, 10, 11]
        assert verify(connection).fault == ""
        last = list(rows(connection))[-1]
        assert (last["action"], last["details"]["rows"]) == ("audit.pruned", 4)
        assert prune(connection, 1004.0) == 0
        assert prune(connection, 1006.0) == 2
        assert verify(connection).fault == ""
    with pytest.raises(DBAPIError), opened(log) as connection:
        connection.execute(text("DELETE FROM audit"))


def test_all_that_is_old_can_go(log: str) -> None:
    with opened(log) as connection:
        assert prune(connection, 2000.0) == 10
        assert numbers(connection) == [11]
        append(connection, Entry(Action.JOB_ACCEPTED))
        assert verify(connection).fault == ""
