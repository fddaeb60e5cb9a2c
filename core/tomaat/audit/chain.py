"""Rows that hold the digest of the one before: whoever changes or removes one has to change all that come after it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, select, text

from tomaat.audit.entry import Action, Entry
from tomaat.audit.tables import AuditRow
from tomaat.database import Base
from tomaat.database.driver import execute

TABLE = Base.metadata.tables[AuditRow.__tablename__]
BEGINNING = "0" * 64
"""What the first row of all holds instead of the digest of one before it."""
LOCK = 7_466_230
"""Of all processes that add to the log on PostgreSQL at once, one does, and the others wait for this number."""
PAGE = 1000

COLUMNS = tuple(column.name for column in TABLE.columns)
LAST = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1"
INSERT = f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
AFTER = select(TABLE).where(TABLE.c.number > bindparam("after")).order_by(TABLE.c.number).limit(PAGE)


def append(connection: Connection, *entries: Entry) -> None:
    """Add entries, in the transaction of what they tell of."""
    if not entries:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    number, previous = execute(connection, LAST).fetchone() or (0, BEGINNING)
    for entry in entries:
        number += 1
        row = {**vars(entry), "number": number, "previous": previous, "action": str(entry.action)}
        row |= {"inputs": dict(entry.inputs), "details": dict(entry.details)}
        row["hash"] = previous = digest(row)
        row |= {"inputs": _json(row["inputs"]), "details": _json(row["details"])}
        execute(connection, INSERT, [row[name] for name in COLUMNS])


def digest(row: Mapping[str, Any]) -> str:
    """The digest of a row: SHA-256 over its JSON, with sorted keys and without ``hash``."""
    content = {name: value for name, value in row.items() if name != "hash"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _json(content: Mapping[str, Any]) -> str:
    return orjson.dumps(content).decode()


def rows(connection: Connection) -> Iterator[dict[str, Any]]:
    """All rows, the oldest first, as many at a time as memory does not mind."""
    after = 0
    while page := connection.execute(AFTER, {"after": after}).mappings().all():
        yield from (dict(row) for row in page)
        after = page[-1]["number"]


@dataclass(frozen=True)
class Verdict:
    """What a look at the whole chain has found.

    :ivar rows: how many there are.
    :ivar last: the digest of the last one: note it elsewhere, and rows that are cut off at the end are missed, too.
    :ivar fault: what does not fit, as a sentence; empty where all does.
    """

    rows: int
    last: str
    fault: str = ""


def verify(connection: Connection) -> Verdict:
    """Check every row against its own digest and the one before."""
    count, previous, number = 0, "", 0
    beginning, pruned = BEGINNING, BEGINNING
    for row in rows(connection):
        if digest(row) != row["hash"]:
            return Verdict(count, previous, f"Row {row['number']} was changed: its digest is that of another content.")
        if count == 0:
            beginning = row["previous"]
        elif row["previous"] != previous or row["number"] != number + 1:
            return Verdict(count, previous, f"Rows between {number} and {row['number']} were removed or changed.")
        if row["action"] == Action.AUDIT_PRUNED:
            pruned = str(row["details"].get("last", ""))
        count, previous, number = count + 1, row["hash"], row["number"]
    if beginning != pruned:
        return Verdict(count, previous, "The oldest rows were removed, and not by tomaat audit prune.")
    return Verdict(count, previous)
