"""The keys of a running host: recognised without asking the database each time, and not for those who guess."""

from __future__ import annotations

import logging
import time
from typing import Any

from sqlalchemy import Connection, Row, update

from tomaat.access.caller import Caller
from tomaat.access.key_store import KEYS, SHAPE, TABLE, caller_of, exist
from tomaat.access.loopback import is_loopback
from tomaat.database import Database
from tomaat.errors import TomaatError, TooManyRequests, Unauthorized
from tomaat.keys.secret import hash_of
from tomaat.keys.table import state_of
from tomaat.rates import Rates, network_of

log = logging.getLogger(__name__)

FRESH = 1.0
"""Seconds for which the database need not be asked again: a key that is revoked is good for no longer than that."""
SEEN = 600.0
"""Seconds after which it is written again that a key was used."""
FAILURES = 30
"""Wrong keys a minute that an address may send."""
MOST = 10_000
"""Keys that are remembered."""
ANOTHER = "Ask the administrator of this host for another."


class Keyring:
    """Says whose key a request carries."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[str, tuple[Caller, float]] = {}
        self._failures = Rates(FAILURES, time.monotonic)

    async def exist(self) -> bool:
        """Whether anybody was ever given a key."""
        return await self._database.read(exist)

    def fresh(self, digest: str) -> Caller | None:
        """Whose key has this hash, if that was found out a moment ago: so it is for nearly every request."""
        known = self._known.get(digest)
        return known[0] if known is not None and known[1] > time.monotonic() else None

    async def caller(self, key: str, address: str) -> Caller:
        """Whose key this is.

        :param address: where the request comes from; one that has sent too many wrong keys has to wait.

        Raises :class:`~tomaat.errors.Unauthorized` for a key that is not known, was revoked or has expired, and
        :class:`~tomaat.errors.TooManyRequests`.
        """
        return await self.caller_of_digest(hash_of(key), address, possible=SHAPE.fullmatch(key) is not None)

    async def caller_of_digest(self, digest: str, address: str, *, possible: bool = True) -> Caller:
        """:meth:`caller`, by a key's hash; one that is not ``possible`` is not looked for."""
        if (caller := self.fresh(digest)) is not None:
            return caller
        network = network_of(address)
        # A good key is served, whatever else comes from its address; and behind a proxy here all have one address.
        if digest not in self._known and not is_loopback(network):
            self._check(network, self._failures.wait(network))
        try:
            caller = await self._look_up(digest, possible)
        except Unauthorized:
            self._known.pop(digest, None)
            self._check(network, self._failures.take(network))
            raise
        self._known.pop(digest, None)  # so that those come first that have not been used for long
        self._known[digest] = caller, time.monotonic() + FRESH
        if len(self._known) > MOST:
            del self._known[next(iter(self._known))]
        return caller

    async def _look_up(self, digest: str, possible: bool) -> Caller:
        row = await self._database.read(lambda connection: _row(connection, digest)) if possible else None
        if row is None:
            raise Unauthorized(f"This key is not known here. {ANOTHER}")
        now = time.time()
        match state_of(row, now):
            case "revoked":
                raise Unauthorized(f"This key was revoked. {ANOTHER}")
            case "expired":
                raise Unauthorized(f"This key has expired. {ANOTHER}")
        if row.last_used is None or not 0 <= now - row.last_used < SEEN:
            await self._write_use(row.id, now)
        return caller_of(row)

    async def _write_use(self, key_id: int, now: float) -> None:
        """Remember that a key was used; who uses it need not suffer if that fails."""
        used = update(KEYS).where(KEYS.c.id == key_id).values(last_used=now)
        try:
            await self._database.write(lambda connection: connection.execute(used) and None, synced=False)
        except TomaatError as error:
            log.warning("that the key %d was used could not be noted: %s", key_id, error.detail)

    def _check(self, network: str, wait: int) -> None:
        if wait:
            raise TooManyRequests(
                f"Too many wrong keys come from this address. Try again in {wait} seconds.", retry_after=wait
            )


def _row(connection: Connection, digest: str) -> Row[Any] | None:
    return connection.execute(TABLE.by_key, {"digest": digest, "now": time.time()}).one_or_none()
