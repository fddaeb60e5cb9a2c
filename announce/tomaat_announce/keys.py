"""Keys, recognised by their hash."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from tomaat.errors import Unauthorized
from tomaat.keys.secret import hash_of
from tomaat.keys.table import KeyTable, state_of
from tomaat_announce.tables import KEYS

UNKNOWN = "Your API KEY has not been recognized. Contact the administrator of the announcement service "
"""TOMAAT's own sentence, its last space included: old clients may look for it."""

TABLE = KeyTable(KEYS, "tomaat-announce keys")
KNOWN = TABLE.by_key.with_for_update(read=True, key_share=True)
"""On PostgreSQL the key is held until what it is used for is committed, so that who revokes it waits, and unlists that,
too."""


def recognise(connection: Connection, key: str, now: float) -> Row[Any]:
    """The row of a key that may announce.

    Raises :class:`~tomaat.errors.Unauthorized` for one that is not known, was revoked, rotated out or has expired.
    """
    row = connection.execute(KNOWN, {"digest": hash_of(key), "now": now}).one_or_none()
    if row is None:
        raise Unauthorized(UNKNOWN)
    match state_of(row, now):
        case "revoked":
            raise Unauthorized(
                "Your API key was revoked. Ask the administrator of the announcement service for another."
            )
        case "expired":
            raise Unauthorized(
                "Your API key has expired. Ask the administrator of the announcement service for another."
            )
    return row
