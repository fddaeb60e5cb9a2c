"""What every table of keys has, and what is done with each."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, String, Table, Text, and_, bindparam, insert, or_, select, update
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.errors import Conflict, InvalidInput, NotFound
from tomaat.keys.secret import hash_of

LONGEST_OWNER = 200
LONGEST_NOTE = 2000


class KeyColumns:
    """The columns of a key. The key itself is shown once and never stored. Times are seconds since 1970.

    :ivar hash: its SHA-256, in hexadecimal: a key is 256 random bits, which nobody guesses, however fast the hash.
    :ivar previous_hash: the one before the last rotation, which is good until ``previous_until``.
    :ivar owner: who answers for it.
    :ivar note: what the administrator wants to remember.
    :ivar expires: when it stops being good; never when ``None``.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    previous_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    previous_until: Mapped[float | None]
    owner: Mapped[str] = mapped_column(String(LONGEST_OWNER))
    note: Mapped[str] = mapped_column(Text)
    created: Mapped[float]
    expires: Mapped[float | None]
    revoked: Mapped[float | None]


class KeyTable:
    """A table with :class:`KeyColumns`, and perhaps more.

    :param command: that shows and makes keys, for the sentences of errors: ``tomaat keys``.
    """

    def __init__(self, table: Table, command: str) -> None:
        self._table = table
        self._command = command
        columns = table.c
        # Put together once: that takes longer than the database does.
        self.by_key = select(table).where(
            or_(
                columns.hash == bindparam("digest"),
                and_(columns.previous_hash == bindparam("digest"), columns.previous_until > bindparam("now")),
            )
        )
        """Finds the row of a key, by its ``digest`` and what is the time ``now``."""

    def is_known(self, connection: Connection, secret: str) -> bool:
        """Whether a key is, or was, known here."""
        digest, columns = hash_of(secret), self._table.c
        known = select(columns.id).where(or_(columns.hash == digest, columns.previous_hash == digest))
        return connection.execute(known).first() is not None

    def exist(self, connection: Connection) -> bool:
        """Whether anybody was ever given a key."""
        return connection.execute(select(self._table.c.id).limit(1)).first() is not None

    def insert(self, connection: Connection, secret: str, values: dict[str, Any]) -> int:
        """The number of a new key with these values."""
        row = {"hash": hash_of(secret), **values}
        number: int = connection.execute(insert(self._table).values(row).returning(self._table.c.id)).scalar_one()
        return number

    def revoke(self, connection: Connection, now: float, key_id: int) -> Row[Any]:
        """Have a key be good no more; its row, as it was.

        Raises :class:`~tomaat.errors.NotFound`, and :class:`~tomaat.errors.Conflict` if it is revoked already.
        """
        row = self._usable(connection, key_id)
        connection.execute(update(self._table).where(self._table.c.id == key_id).values(revoked=now))
        return row

    def rotate(
        self, connection: Connection, now: float, key_id: int, secret: str, grace: float, **more: Any
    ) -> Row[Any]:
        """Put another key in the place of one; its row, as it was.

        :param grace: seconds that the old one stays good, for its owner to change it everywhere.
        :param more: other columns' new values.

        Raises :class:`~tomaat.errors.NotFound`, and :class:`~tomaat.errors.Conflict` for a revoked one.
        """
        row = self._usable(connection, key_id)
        values = {"hash": hash_of(secret), "previous_hash": row.hash, "previous_until": now + grace} | more
        connection.execute(update(self._table).where(self._table.c.id == key_id).values(values))
        return row

    def unknown(self, key_id: int) -> NotFound:
        """The error for a number that no key has."""
        return NotFound(f"There is no key {key_id}; `{self._command} list` shows which there are.")

    def _usable(self, connection: Connection, key_id: int) -> Row[Any]:
        # On PostgreSQL what is being written with this key is waited for, so that it is seen as well.
        row = connection.execute(select(self._table).where(self._table.c.id == key_id).with_for_update()).one_or_none()
        if row is None:
            raise self.unknown(key_id)
        if row.revoked is not None:
            raise Conflict(f"The key {key_id} is revoked; make a new one with `{self._command} create`.")
        return row


def state_of(row: Row[Any], now: float) -> str:
    """``good``, ``revoked`` or ``expired``."""
    if row.revoked is not None:
        return "revoked"
    return "expired" if row.expires is not None and row.expires <= now else "good"


def check_owner(owner: str, what_for: str) -> None:
    """Raise :class:`~tomaat.errors.InvalidInput` for no name; a key needs somebody who answers for ``what_for``."""
    check_text("owner", owner, LONGEST_OWNER)
    if not owner.strip():
        raise InvalidInput(f"A key needs an owner: somebody who answers for {what_for}.", field="owner")


def check_text(name: str, value: str, longest: int) -> None:
    """Raise :class:`~tomaat.errors.InvalidInput` for what is too long, or no plain text on one line."""
    if len(value) > longest:
        raise InvalidInput(f"The {name} has {len(value):,} characters; it may have {longest:,}.", field=name)
    if not value.isprintable():
        raise InvalidInput(f"The {name} has control characters; write plain text on one line.", field=name)
