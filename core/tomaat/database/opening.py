"""One transaction on a database, for a command that works beside its server, or before there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from tomaat.database.engine import open_engine
from tomaat.database.outage import Outage
from tomaat.database.upgrade import HOST, Migrations, upgrade

PATIENCE = 5.0
"""Seconds that a person waits for a database that is away."""


@contextmanager
def opened(url: str, migrations: Migrations = HOST) -> Iterator[Connection]:
    """A transaction on the database, which is made if it is not there.

    What is done in it is on the disk when the block has ended, and undone if it raises.

    Raises :class:`~tomaat.errors.SettingsError` and :class:`~tomaat.errors.Unavailable`.
    """
    engine = open_engine(url)
    try:
        upgrade(engine, migrations, PATIENCE)
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise Outage(migrations.server).of(error) from error
    finally:
        engine.dispose()
