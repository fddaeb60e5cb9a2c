"""The database that a command works on: the one that a host with the same settings has, running or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from tomaat.cli.settings_options import config_option, table_options
from tomaat.settings import Settings
from tomaat.settings.host import FILE_NAME

if TYPE_CHECKING:
    from sqlalchemy import Connection

Command = TypeVar("Command", bound=Callable[..., Any])


def place_options(command: Command) -> Command:
    """Add the options that say which database: ``--config``, ``--home`` and ``--database``."""
    return config_option(FILE_NAME)(table_options(Settings, only={"home", "database"})(command))


@contextmanager
def opened(place: dict[str, Any]) -> Iterator[Connection]:
    """A transaction on the database, which is made if it is not there.

    What is done in it is on the disk when the block has ended, and undone if it raises.

    :param place: the values of :func:`place_options`.

    Raises :class:`~tomaat.errors.SettingsError` and :class:`~tomaat.errors.Unavailable`.
    """
    from tomaat.database.opening import opened as opened_database
    from tomaat.settings.table import make_home

    config: Path | None = place.pop("config")
    settings = Settings.load(config=config, options=place)
    make_home(settings.home)
    with opened_database(settings.database_url) as connection:
        yield connection
