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
    from tomaat.database.opening import opened as opened_database
    from tomaat_announce.clock import Clock
    from tomaat_announce.migrations import MIGRATIONS

    config: Path | None = place.pop("config")
    settings = ServiceSettings.load(config=config, options=place)
    settings.make_home()
    with opened_database(settings.database_url, MIGRATIONS) as connection:
        yield connection, Clock().now()
