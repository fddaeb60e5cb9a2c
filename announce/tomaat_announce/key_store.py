"""The keys that an administrator hands out: made, shown, rotated, revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, insert, or_, select, update

from tomaat.errors import Conflict, InvalidInput, NotFound
from tomaat_announce.endpoints import BATCH, unlist
from tomaat_announce.keys import hash_of
from tomaat_announce.tables import ENDPOINTS, KEYS, Endpoint, Key

LONGEST_OWNER = 200
LONGEST_NOTE = 2000
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
        _check_text("owner", self.owner, LONGEST_OWNER)
        _check_text("note", self.note, LONGEST_NOTE)
        if not self.owner.strip():
            raise InvalidInput("A key needs an owner: somebody who answers for its endpoints.", field="owner")
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
    digest = hash_of(secret)
    known = select(Key.id).where(or_(Key.hash == digest, Key.previous_hash == digest))
    if connection.execute(known).first() is not None:
        return None
    return _insert(connection, now, secret, allowance)


def exist(connection: Connection) -> bool:
    """Whether anybody was ever given a key."""
    return connection.execute(select(Key.id).limit(1)).first() is not None


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
    _usable(connection, key_id)
    connection.execute(update(Key).where(Key.id == key_id).values(revoked=now))
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
    row = _usable(connection, key_id)
    secret = secrets.token_hex(BYTES)
    values = {"hash": hash_of(secret), "previous_hash": row.hash, "previous_until": now + grace}
    connection.execute(update(Key).where(Key.id == key_id).values(values))
    return secret


def _insert(connection: Connection, now: float, secret: str, allowance: Allowance) -> int:
    values = {
        "hash": hash_of(secret),
        "owner": allowance.owner,
        "note": allowance.note,
        "max_endpoints": allowance.max_endpoints,
        "expires": allowance.expires,
        "created": now,
    }
    return connection.execute(insert(Key).values(values).returning(Key.id)).scalar_one()


def _usable(connection: Connection, key_id: int) -> Row[Any]:
    # On PostgreSQL an announcement that is being written with this key is waited for, so that it is unlisted as well.
    row = connection.execute(select(KEYS).where(Key.id == key_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(f"There is no key {key_id}; `tomaat-announce keys list` shows which there are.")
    if row.revoked is not None:
        raise Conflict(f"The key {key_id} is revoked; make a new one with `tomaat-announce keys create`.")
    return row


def _known(row: Row[Any], now: float) -> KnownKey:
    expired = row.expires is not None and row.expires <= now
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
        state="revoked" if row.revoked is not None else "expired" if expired else "good",
    )


def _check_text(name: str, value: str, longest: int) -> None:
    if len(value) > longest:
        raise InvalidInput(f"The {name} has {len(value):,} characters; it may have {longest:,}.", field=name)
    if not value.isprintable():
        raise InvalidInput(f"The {name} has control characters; write plain text on one line.", field=name)
