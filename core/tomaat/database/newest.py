"""The newest tables as SQL, for an empty SQLite database: what the steps would make, without Alembic, whose import
takes a fifth of a host's start and stays in its memory. Tests hold the two equal."""

from __future__ import annotations

import sqlite3
from importlib.resources import files
from pathlib import Path

from sqlalchemy import Connection

FILE = "newest.sql"
"""In a package of migrations; ``python -m tomaat.migrations PACKAGE`` writes it."""
TABLES = """
SELECT sql FROM sqlite_master WHERE sql != '' AND name NOT LIKE 'sqlite~_%' ESCAPE '~'
ORDER BY type != 'table', type, name
"""


def statements(package: str) -> list[str]:
    """The statements that make the tables of a package of migrations, and say which step they are as of."""
    found, begun = [], ""
    for line in (files(package) / FILE).read_text(encoding="utf-8").splitlines():
        begun = f"{begun}\n{line}" if begun else line
        if sqlite3.complete_statement(begun):  # a trigger has statements in it
            found.append(begun)
            begun = ""
    return found


def tables_of(connection: Connection) -> list[str]:
    """The statements that would make the tables of an SQLite database, with what belongs to them, and its version."""
    made = connection.exec_driver_sql(TABLES).scalars()
    version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    lines = [[line.rstrip() for line in statement.splitlines()] for statement in made]
    insert = f"INSERT INTO alembic_version VALUES ('{version}');"
    return ["\n".join(each) + ";" for each in lines] + [insert]


def write(package: str, found: list[str]) -> None:
    """Write a package's file anew."""
    Path(str(files(package) / FILE)).write_text("\n".join([*found, ""]), encoding="utf-8")
