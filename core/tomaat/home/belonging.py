"""One database, one data folder: the rows of the one tell of the files in the other."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select
from ulid import ULID

from tomaat.database import Database
from tomaat.errors import SettingsError
from tomaat.home.tables import TABLE, seen

FILE = "id"


def check_belonging(database: Database, home: Path) -> None:
    """Have a database belong to this data folder from now on; the first time, that is written down in both.

    Raises :class:`SettingsError` where it belongs to another one: two hosts would take each other's jobs for their own.
    """
    own = _id_of(home)
    with database.engine.begin() as connection:
        row = connection.execute(select(TABLE)).first()
        if row is None:
            now = time.time()
            machine = socket.gethostname()[:255]
            connection.execute(insert(TABLE).values(id=own or _new_id(home), machine=machine, created=now, seen=now))
            return
        if own != row.id and _lies_in(connection, home):
            _write(home, row.id)  # a database that was restored or moved with its folder, without the file
        elif own != row.id:
            since = datetime.fromtimestamp(row.created, UTC).date()
            raise SettingsError(
                f"This database belongs to another data folder, of a host on {row.machine} since {since}. Give each "
                f"host a database of its own. If that folder has gone for good, write {row.id} into a file called "
                f"{FILE} in this host's data folder."
            )
        seen(connection)


def _lies_in(connection: Connection, home: Path) -> bool:
    """Whether the database is a file of the data folder itself."""
    database = connection.engine.url.database
    return connection.dialect.name == "sqlite" and Path(str(database)).absolute().parent == home.absolute()


def _id_of(home: Path) -> str:
    try:
        return (home / FILE).read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The file {FILE} in the data folder can't be read: {error}.") from error


def _new_id(home: Path) -> str:
    return _write(home, str(ULID()))


def _write(home: Path, value: str) -> str:
    (home / FILE).write_text(f"{value}\n", encoding="utf-8")
    return value
