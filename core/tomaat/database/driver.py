"""Statements as the database's driver takes them: every call of every app runs some, and SQLAlchemy takes ten times as
long to put its own together and hand them over as SQLite takes to do them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def execute(connection: Connection, statement: str, values: Sequence[Any] = ()) -> Any:
    """The driver's cursor after a statement, which is in the connection's own transaction.

    :param statement: with ``?`` for each of the values, and nowhere else.

    Raises what SQLAlchemy raises of it.
    """
    raw: Any = connection.connection.driver_connection
    if connection.dialect.paramstyle != "qmark":
        statement = statement.replace("?", "%s")
    try:
        return raw.execute(statement, values)
    except connection.dialect.loaded_dbapi.Error as error:
        raise _wrapped(connection, statement, raw, error) from error


def _wrapped(connection: Connection, statement: str, raw: Any, error: Any) -> BaseException:
    """The error as SQLAlchemy has it, without the values, which may tell of a patient."""
    dialect = connection.dialect
    lost = dialect.is_disconnect(error, raw, None)
    if lost:
        connection.invalidate(error)
    wrapped: BaseException = DBAPIError.instance(
        statement,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    return wrapped
