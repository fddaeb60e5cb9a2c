"""The keys that an administrator hands out: made, shown, rotated, revoked."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, select

from tomaat.access.caller import ALL, Caller
from tomaat.access.tables import KeyRow
from tomaat.errors import InvalidInput
from tomaat.keys.table import LONGEST_NOTE, KeyTable, check_owner, check_text, state_of

KEYS = cast(Table, KeyRow.__table__)
TABLE = KeyTable(KEYS, "tomaat keys")

MARK = "tomaat_"
"""How all keys begin, so that one that was published by mistake is found by those who look for such."""
BYTES = 32
SHAPE = re.compile(r"tomaat_[A-Za-z0-9_-]{43}", re.ASCII)
SHOWN = 4
"""Letters of a key that are kept to recognise it by; 39 are left to guess."""
APP = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class Grant:
    """Whom a key is for, and what it may do.

    :ivar owner: who uses it: a person, a machine.
    :ivar note: what the administrator wants to remember.
    :ivar apps: the apps that it may use, or ``*``.
    :ivar weights: whether it may upload and remove weights of these apps.
    :ivar admin: whether it may do everything, and see everybody's jobs.
    :ivar expires: when it stops being good, in seconds since 1970; never when ``None``.
    """

    owner: str
    note: str = ""
    apps: frozenset[str] = frozenset({ALL})
    weights: bool = False
    admin: bool = False
    expires: float | None = None

    def __post_init__(self) -> None:
        check_owner(self.owner, "what is done with it")
        check_text("note", self.note, LONGEST_NOTE)
        if wrong := sorted(app for app in self.apps if app != ALL and not APP.fullmatch(app)):
            raise InvalidInput(f"{wrong[0]!r} is no app's name; write them like brain,spleen.", field="apps")


@dataclass(frozen=True)
class KnownKey:
    """A key as an administrator sees it; the key itself is nowhere.

    :ivar prefix: how it begins.
    :ivar apps: the apps that it may use, in alphabetical order; ``*`` stands for all.
    :ivar created: seconds since 1970, as all times.
    :ivar last_used: when it was last seen, to some minutes.
    :ivar previous_until: until when the key before the last rotation is good.
    :ivar state: ``good``, ``revoked`` or ``expired``.
    """

    id: int
    prefix: str
    owner: str
    note: str
    apps: tuple[str, ...]
    weights: bool
    admin: bool
    created: float
    last_used: float | None
    expires: float | None
    revoked: float | None
    previous_until: float | None
    state: str


def create(connection: Connection, now: float, grant: Grant) -> tuple[int, str]:
    """The number of a new key, and the key, which is never seen again."""
    secret = _new_secret()
    values = {
        "prefix": prefix_of(secret),
        "owner": grant.owner,
        "note": grant.note,
        "apps": sorted(grant.apps),
        "weights": grant.weights,
        "admin": grant.admin,
        "expires": grant.expires,
        "created": now,
    }
    return TABLE.insert(connection, secret, values), secret


def exist(connection: Connection) -> bool:
    """Whether anybody was ever given a key."""
    return TABLE.exist(connection)


def list_keys(connection: Connection, now: float) -> list[KnownKey]:
    """All keys, in the order in which they were made."""
    return [_known(row, now) for row in connection.execute(select(KEYS).order_by(KEYS.c.id))]


def show(connection: Connection, now: float, key_id: int) -> KnownKey:
    """One key. Raises :class:`~tomaat.errors.NotFound`."""
    row = connection.execute(select(KEYS).where(KEYS.c.id == key_id)).one_or_none()
    if row is None:
        raise TABLE.unknown(key_id)
    return _known(row, now)


def revoke(connection: Connection, now: float, key_id: int) -> KnownKey:
    """Have a key be good no more. Raises :class:`~tomaat.errors.NotFound` and :class:`~tomaat.errors.Conflict`."""
    return _known(TABLE.revoke(connection, now, key_id), now)


def rotate(connection: Connection, now: float, key_id: int, grace: float = 0.0) -> str:
    """A new key in the place of one, which may do what that one could, and owns its jobs.

    :param grace: seconds that the old one stays good, for its owner to change it everywhere.

    Raises :class:`~tomaat.errors.NotFound`, and :class:`~tomaat.errors.Conflict` for a revoked one.
    """
    secret = _new_secret()
    TABLE.rotate(connection, now, key_id, secret, grace, prefix=prefix_of(secret))
    return secret


def caller_of(row: Row[Any]) -> Caller:
    """Whom a key's row stands for."""
    return Caller(str(row.id), row.owner, frozenset(row.apps), weights=row.weights, admin=row.admin)


def prefix_of(secret: str) -> str:
    """How a key begins, as it is shown."""
    return secret[: len(MARK) + SHOWN]


def _new_secret() -> str:
    return MARK + secrets.token_urlsafe(BYTES)


def _known(row: Row[Any], now: float) -> KnownKey:
    return KnownKey(
        id=row.id,
        prefix=row.prefix,
        owner=row.owner,
        note=row.note,
        apps=tuple(row.apps),
        weights=row.weights,
        admin=row.admin,
        created=row.created,
        last_used=row.last_used,
        expires=row.expires,
        revoked=row.revoked,
        previous_until=row.previous_until,
        state=state_of(row, now),
    )
