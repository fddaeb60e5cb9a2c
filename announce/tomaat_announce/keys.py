"""Keys: made, found again by their hash, rotated, revoked."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select

from tomaat.errors import Unauthorized
from tomaat_announce.tables import KEYS, Key

UNKNOWN = "Your API KEY has not been recognized. Contact the administrator of the announcement service "
"""TOMAAT's own sentence, its last space included: old clients may look for it."""

KNOWN = (
    select(KEYS)
    .where(
        or_(
            Key.hash == bindparam("digest"),
            and_(Key.previous_hash == bindparam("digest"), Key.previous_until > bindparam("now")),
        )
    )
    .with_for_update(read=True, key_share=True)
)
"""Put together once: that takes longer than the database does. On PostgreSQL the key is held until what it is used for
is committed, so that who revokes it waits, and unlists that, too."""


def hash_of(key: str) -> str:
    """What is stored of a key: its SHA-256, in hexadecimal."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()  # a header may hold any bytes


def recognise(connection: Connection, key: str, now: float) -> Row[Any]:
    """The row of a key that may announce.

    Raises :class:`~tomaat.errors.Unauthorized` for one that is not known, was revoked, rotated out or has expired.
    """
    row = connection.execute(KNOWN, {"digest": hash_of(key), "now": now}).one_or_none()
    if row is None:
        raise Unauthorized(UNKNOWN)
    if row.revoked is not None:
        raise Unauthorized("Your API key was revoked. Ask the administrator of the announcement service for another.")
    if row.expires is not None and row.expires <= now:
        raise Unauthorized("Your API key has expired. Ask the administrator of the announcement service for another.")
    return row
