"""Bring a database to the tables of this version."""

from __future__ import annotations

import logging
import time
from importlib.resources import files

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from tomaat.errors import SettingsError
from tomaat_announce.writer import is_away

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a database may take to come up: both are often started together."""
LOCK = 7_466_228
"""Of all processes that start at once on PostgreSQL, one migrates, and the others wait: the number is TOMAAT's."""


def upgrade(engine: Engine, patience: float = PATIENCE) -> None:
    """Add what a database of an older version, or an empty one, lacks.

    Raises :class:`~tomaat.errors.SettingsError` for a database of a newer version, and for one that can't be reached
    within ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with engine.begin() as connection:
                _upgrade(connection)
            return
        except DBAPIError as error:
            if not is_away(error) or time.monotonic() > deadline:
                raise SettingsError(f"The database can't be used: {str(error.orig).strip()}.") from error
            log.warning("waiting for the database: %s", str(error.orig).strip())
            time.sleep(1.0)


def migrations() -> Config:
    """Alembic's configuration, for its commands."""
    config = Config()
    config.set_main_option("script_location", str(files("tomaat_announce") / "migrations"))
    return config


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    config = migrations()
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in known:
        raise SettingsError("The database was written by a newer version of the announcement service; install that.")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
