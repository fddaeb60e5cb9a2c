"""The database that a command works on: the one that a service with the same settings has, running or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tomaat.cli.settings_options import config_option, table_options
from tomaat_announce.settings import FILE_NAME, ServiceSettings

if TYPE_CHECKING:
    from sqlalchemy import Connection

Command = TypeVar("Command", bound=Callable[..., Any])

PATIENCE = 5.0
"""Seconds that a person waits for a database that is away."""


def place_options(command: Command) -> Command:
    """Add the options that say which database: ``--config``, ``--home`` and ``--database``."""
    return config_option(FILE_NAME)(table_options(ServiceSettings, only={"home", "database"})(command))


@contextmanager
def opened(place: dict[str, Any]) -> Iterator[tuple[Connection, float]]:
    """A transaction on the database, which is made if it is not there, and the time.

    What is done in it is on the disk when the block has ended, and undone if it raises.

    :param place: the values of :func:`place_options`.

    Raises :class:`~tomaat.errors.SettingsError` and :class:`~tomaat.errors.Unavailable`.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from tomaat_announce.clock import Clock
    from tomaat_announce.database import open_engine, unavailable
    from tomaat_announce.upgrade import upgrade

    config: Path | None = place.pop("config")
    settings = ServiceSettings.load(config=config, options=place)
    settings.make_home()
    engine = open_engine(settings.database_url)
    try:
        upgrade(engine, PATIENCE)
        with engine.begin() as connection:
            yield connection, Clock().now()
    except SQLAlchemyError as error:
        raise unavailable(error) from error
    finally:
        engine.dispose()
