"""Removing the oldest rows on purpose, which is a row itself."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, select, text

from tomaat.audit.chain import TABLE, append
from tomaat.audit.entry import Action, Entry

FUNCTION = "tomaat_audit_is_only_added_to"
MESSAGE = "the audit log is only added to"


def prune(connection: Connection, before: float) -> int:
    """Remove the rows that are older than ``before``, in seconds since 1970; returns how many there were.

    How many rows were removed, and the digest of the last of them, becomes a new row, so that the chain can still be
    verified.
    """
    # Row by row in the order of the chain, and not by time alone: a clock may have been set back.
    first_kept = connection.execute(select(func.min(TABLE.c.number)).where(TABLE.c.time >= before)).scalar()
    old = TABLE.c.number < first_kept if first_kept is not None else TABLE.c.number > 0
    last = connection.execute(select(TABLE).where(old).order_by(TABLE.c.number.desc()).limit(1)).mappings().first()
    if last is None:
        return 0
    count = connection.execute(select(func.count()).select_from(TABLE).where(old)).scalar_one()
    append(connection, Entry(Action.AUDIT_PRUNED, caller="host", details={"rows": count, "last": last["hash"]}))
    unguard(connection)
    connection.execute(delete(TABLE).where(TABLE.c.number <= last["number"]))
    guard(connection)
    return count


def guard(connection: Connection) -> None:
    """Have the database itself refuse to change or remove a row."""
    if connection.dialect.name == "postgresql":
        for statement in (
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{MESSAGE}'; END $$",
            f"CREATE TRIGGER audit_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON audit EXECUTE FUNCTION {FUNCTION}()",
        ):
            connection.execute(text(statement))
        return
    for action in ("UPDATE", "DELETE"):
        connection.execute(
            text(
                f"CREATE TRIGGER audit_guard_{action.lower()} BEFORE {action} ON audit "
                f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )
        )


def unguard(connection: Connection) -> None:
    """Let rows be removed, until :func:`guard`, in the same transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("DROP TRIGGER audit_guard ON audit"))
        return
    for action in ("update", "delete"):
        connection.execute(text(f"DROP TRIGGER audit_guard_{action}"))
