"""Bring a database to the tables of this version, by the steps that a package of migrations has."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from tomaat.database.driver import execute
from tomaat.database.newest import statements
from tomaat.database.writer import is_away, is_damaged
from tomaat.errors import SettingsError

if TYPE_CHECKING:
    from alembic.config import Config

log = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds that a database may take to come up: both are often started together."""


@dataclass(frozen=True)
class Migrations:
    """The steps of one server's database. The file of each step begins with its revision, and they sort by it.

    :ivar package: a package with Alembic's ``env.py``, and the steps in ``versions``.
    :ivar server: what the server is called in sentences.
    :ivar lock: of all processes that start at once on PostgreSQL, one migrates, and the others wait for this number.
    """

    package: str
    server: str
    lock: int

    def revisions(self) -> list[str]:
        """The revisions in their order."""
        found = (file.name for file in (files(self.package) / "versions").iterdir())
        return sorted(name.partition("_")[0] for name in found if name[:1].isdigit() and name.endswith(".py"))

    def config(self) -> Config:
        """Alembic's configuration, for its commands."""
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(files(self.package)).replace("%", "%%"))
        return config


HOST = Migrations("tomaat.migrations", "host", 7_466_229)
"""The host's own."""


def upgrade(engine: Engine, migrations: Migrations, patience: float = PATIENCE) -> None:
    """Add what a database of an older version, or an empty one, lacks.

    Raises :class:`~tomaat.errors.SettingsError` for a database of a newer version, and for one that can't be reached
    within ``patience`` seconds.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            with engine.begin() as connection:
                _upgrade(connection, migrations)
            return
        except DBAPIError as error:
            if is_damaged(error):
                raise SettingsError(
                    f"The database can't be used: {_reason(error)}. Nothing was changed. Put a backup in its place, or "
                    "move it away, with the files -wal and -shm beside it, to start with an empty one."
                ) from error
            if not is_away(error) or time.monotonic() > deadline:
                raise SettingsError(f"The database can't be used: {_reason(error)}.") from error
            log.warning("waiting for the database: %s", _reason(error))
            time.sleep(1.0)


def _upgrade(connection: Connection, migrations: Migrations) -> None:
    if _is_newest(connection, migrations):
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": migrations.lock})
        if _is_newest(connection, migrations):  # another process was faster
            return
    elif not inspect(connection).get_table_names():
        for statement in statements(migrations.package):
            execute(connection, statement)
        return
    run_steps(connection, migrations)


def run_steps(connection: Connection, migrations: Migrations) -> None:
    """Take the steps that a database lacks."""
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of its parts as it is imported
    from alembic import command  # only here: it takes a fifth of a host's start, and 10 MB

    config = migrations.config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _is_newest(connection: Connection, migrations: Migrations) -> bool:
    """Whether there is nothing to do. Raises :class:`SettingsError` for a revision that this version has not."""
    if not inspect(connection).has_table("alembic_version"):
        return False
    current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    revisions = migrations.revisions()
    if current is not None and current not in revisions:
        raise SettingsError(f"The database was written by a newer version of the {migrations.server}; install that.")
    return bool(current == revisions[-1])


def _reason(error: DBAPIError) -> str:
    return str(error.orig).strip()
