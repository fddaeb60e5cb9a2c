"""The keys that an administrator hands out: made, shown, rotated, revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from tomaat.errors import InvalidInput
from tomaat.keys.table import LONGEST_NOTE, check_owner, check_text, state_of
from tomaat_announce.endpoints import BATCH, unlist
from tomaat_announce.keys import TABLE
from tomaat_announce.tables import ENDPOINTS, KEYS, Endpoint, Key

BYTES = 32
"""Of a new key, which is twice as many hexadecimal digits, as TOMAAT's are."""


@dataclass(frozen=True)
class Allowance:
    """Whom a key is for, and what it may do.

    :ivar owner: who answers for the endpoints.
    :ivar note: what the administrator wants to remember.
    :ivar max_endpoints: endpoints that it may have listed at once; any number when ``None``.
    :ivar expires: when it stops being good, in seconds since 1970; never when ``None``.
    """

    owner: str
    note: str = ""
    max_endpoints: int | None = None
    expires: float | None = None

    def __post_init__(self) -> None:
        check_owner(self.owner, "its endpoints")
        check_text("note", self.note, LONGEST_NOTE)
        if self.max_endpoints is not None and self.max_endpoints < 1:
            raise InvalidInput("A key that may announce no endpoint is of no use.", field="max_endpoints")


@dataclass(frozen=True)
class KnownKey:
    """A key as an administrator sees it; the key itself is nowhere.

    :ivar endpoints: how many are listed now.
    :ivar last_announced: when one of its endpoints was last announced, listed or not.
    :ivar created: seconds since 1970, as all times.
    :ivar previous_until: until when the key before the last rotation is good.
    :ivar state: ``good``, ``revoked`` or ``expired``.
    """

    id: int
    owner: str
    note: str
    max_endpoints: int | None
    endpoints: int
    last_announced: float | None
    created: float
    expires: float | None
    revoked: float | None
    previous_until: float | None
    state: str


def create(connection: Connection, now: float, allowance: Allowance) -> tuple[int, str]:
    """The number of a new key, and the key: 64 hexadecimal digits that are never seen again."""
    secret = secrets.token_hex(BYTES)
    return _insert(connection, now, secret, allowance), secret


def add(connection: Connection, now: float, secret: str, allowance: Allowance) -> int | None:
    """The number of a key that was made elsewhere; ``None`` if it is, or was, known here."""
    if TABLE.is_known(connection, secret):
        return None
    return _insert(connection, now, secret, allowance)


def exist(connection: Connection) -> bool:
    """Whether anybody was ever given a key."""
    return TABLE.exist(connection)


def list_keys(connection: Connection, now: float) -> list[KnownKey]:
    """All keys, in the order in which they were made."""
    listed = Endpoint.listed.is_(True) & (Endpoint.expires > now)
    of_key = (
        select(
            Endpoint.key_id,
            func.count().filter(listed).label("endpoints"),
            func.max(Endpoint.announced).label("last_announced"),
        )
        .group_by(Endpoint.key_id)
        .subquery()
    )
    statement = (
        select(KEYS, func.coalesce(of_key.c.endpoints, 0).label("endpoints"), of_key.c.last_announced)
        .outerjoin(of_key, of_key.c.key_id == Key.id)
        .order_by(Key.id)
    )
    return [_known(row, now) for row in connection.execute(statement)]


def revoke(connection: Connection, now: float, key_id: int) -> int:
    """Have a key announce no more, and its endpoints listed no more; returns how many these were.

    Raises :class:`~tomaat.errors.NotFound`, and :class:`~tomaat.errors.Conflict` if it is revoked already.
    """
    TABLE.revoke(connection, now, key_id)
    listed = select(ENDPOINTS).where(Endpoint.key_id == key_id, Endpoint.listed.is_(True))
    count = 0
    while rows := list(connection.execute(listed.limit(BATCH))):
        unlist(connection, rows, now)
        count += sum(row.expires > now for row in rows)
    return count


def rotate(connection: Connection, now: float, key_id: int, grace: float = 0.0) -> str:
    """A new key in the place of one; endpoints and their SIDs stay as they are.

    :param grace: seconds that the old one stays good, for its owner to change it everywhere.

    Raises :class:`~tomaat.errors.NotFound`, and :class:`~tomaat.errors.Conflict` for a revoked one.
    """
    secret = secrets.token_hex(BYTES)
    TABLE.rotate(connection, now, key_id, secret, grace)
    return secret


def _insert(connection: Connection, now: float, secret: str, allowance: Allowance) -> int:
    values = {
        "owner": allowance.owner,
        "note": allowance.note,
        "max_endpoints": allowance.max_endpoints,
        "expires": allowance.expires,
        "created": now,
    }
    return TABLE.insert(connection, secret, values)


def _known(row: Row[Any], now: float) -> KnownKey:
    return KnownKey(
        id=row.id,
        owner=row.owner,
        note=row.note,
        max_endpoints=row.max_endpoints,
        endpoints=row.endpoints,
        last_announced=row.last_announced,
        created=row.created,
        expires=row.expires,
        revoked=row.revoked,
        previous_until=row.previous_until,
        state=state_of(row, now),
    )
