"""The announced endpoints: who is there, since when, and until when."""

from __future__ import annotations

import base64
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from tomaat.database import Database
from tomaat.errors import Forbidden, NotFound
from tomaat_announce import changes, keys, listing
from tomaat_announce.announcement import Announcement
from tomaat_announce.clock import Clock
from tomaat_announce.listing import Filter
from tomaat_announce.settings import ServiceSettings
from tomaat_announce.tables import ENDPOINTS, UNKNOWN, UNREACHABLE, Endpoint, Key

Columns = Sequence[ColumnElement[Any]]
BATCH = 500
"""Rows that are read or written at a time, so that others get their turn."""
CHECKS = 3600.0
"""No check is ever due later than this."""
# Put together once: that takes longer than the database does.
KNOWN = select(ENDPOINTS).where(Endpoint.key_id == bindparam("the_key"), Endpoint.prediction_url == bindparam("url"))
TOUCHED = (
    update(ENDPOINTS)
    .where(Endpoint.id == bindparam("the_id"))
    .values(announced=bindparam("now"), last_seen=bindparam("now"), expires=bindparam("until"), listed=True)
    .returning(ENDPOINTS)
)


class EndpointStore:
    """Announces, finds and forgets endpoints."""

    def __init__(self, settings: ServiceSettings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock

    async def announce(self, key: str, announcement: Announcement) -> tuple[Row[Any], bool]:
        """The endpoint, and whether it is new; it is on the disk then.

        Raises :class:`~tomaat.errors.Unauthorized` for a key that is not good, and
        :class:`~tomaat.errors.Forbidden` for one that has as many endpoints as it may.
        """
        return await self._database.write(lambda connection: self._announce(connection, key, announcement))

    async def renew(self, sid: str, key: str) -> Row[Any]:
        """The endpoint, announced again as it was. Raises like :meth:`announce`, and :class:`NotFound`."""
        return await self._database.write(lambda connection: self._renew(connection, sid, key))

    async def withdraw(self, sid: str, key: str) -> None:
        """Have the endpoint listed no more; it keeps its SID for when it comes back."""

        def withdraw(connection: Connection) -> None:
            now = self._clock.now()
            unlist(connection, [self._own(connection, sid, keys.recognise(connection, key, now))], now)

        await self._database.write(withdraw)

    async def get(self, sid: str) -> Row[Any]:
        """The endpoint, if it is listed. Raises :class:`NotFound`."""

        def get(connection: Connection) -> Row[Any] | None:
            conditions = Filter().conditions(self._clock.now())
            return connection.execute(select(ENDPOINTS).where(*conditions, Endpoint.sid == sid)).one_or_none()

        if row := await self._database.read(get):
            return row
        raise NotFound(f"There is no endpoint {sid!r} here; it may have gone.")

    async def page(
        self, wanted: Filter, *, after: int = 0, limit: int = BATCH, columns: Columns = tuple(ENDPOINTS.c)
    ) -> tuple[Sequence[Row[Any]], int]:
        """Some of the endpoints that are listed: see :func:`listing.page`."""
        now = self._clock.now()
        return await self._database.read(
            lambda connection: listing.page(connection, wanted, now, after=after, limit=limit, columns=columns)
        )

    async def all(self, wanted: Filter, columns: Columns = tuple(ENDPOINTS.c)) -> AsyncIterator[Sequence[Row[Any]]]:
        """All endpoints that are listed, some at a time, however many there are."""
        after = 0
        while True:
            rows, after = await self.page(wanted, after=after, columns=columns)
            if rows:
                yield rows
            if not after:
                return

    async def count(self, wanted: Filter) -> int:
        """How many endpoints are listed."""
        now = self._clock.now()
        return await self._database.read(lambda connection: listing.count(connection, wanted, now))

    async def facets(self, wanted: Filter) -> dict[str, dict[str, int]]:
        """How many endpoints have each modality, anatomy and task."""
        now = self._clock.now()
        return await self._database.read(lambda connection: listing.facets(connection, wanted, now))

    async def states(self) -> dict[str, int]:
        """How many endpoints are in each state."""
        now = self._clock.now()
        return await self._database.read(lambda connection: listing.states(connection, now))

    async def sweep(self) -> None:
        """Unlist what has expired, and forget what has long been gone."""
        while await self._database.write(self._sweep) == BATCH:
            pass

    async def clock_was_set(self, seconds: float) -> None:
        """Have nobody expire, nor stay for ever, because the machine's clock was set forward by ``seconds``, or back.

        Several processes may do this for the same jump: doing it twice changes nothing.
        """
        before, now = self._clock.now(), self._clock.now() + seconds
        latest = now + self._settings.lifetime

        def move(connection: Connection) -> None:
            was_listed = (Endpoint.listed.is_(True), Endpoint.expires > before)
            connection.execute(update(ENDPOINTS).where(*was_listed, Endpoint.expires < latest).values(expires=latest))
            _hold_back(connection, now, latest)

        await self._database.write(move)

    async def start(self) -> None:
        """Mend what an earlier run wrote with a clock that was ahead."""
        now = self._clock.now()
        await self._database.write(lambda connection: _hold_back(connection, now, now + self._settings.lifetime))

    def _announce(self, connection: Connection, secret: str, announcement: Announcement) -> tuple[Row[Any], bool]:
        now = self._clock.now()
        key = keys.recognise(connection, secret, now)
        row = self._known(connection, key, announcement.prediction_url)
        said = _columns(announcement)
        if row is None:
            row = self._insert(connection, key, said, now)
            changes.note(connection, "appeared", [row], now)
            return row, True
        gone = not row.listed or row.expires <= now
        if gone:
            self._check_limit(connection, key, row.id, now)
        differs = any(getattr(row, name) != value for name, value in said.items())
        # Who was away, or has moved, is asked at once whether it is there.
        due = gone or row.state == UNREACHABLE or row.interface_url != announcement.interface_url
        row = self._touch(connection, row, now, (said if differs else {}) | ({"next_check": now} if due else {}))
        if gone or differs:
            changes.note(connection, "appeared" if gone else "changed", [row], now)
        return row, False

    def _known(self, connection: Connection, key: Row[Any], url: str) -> Row[Any] | None:
        row = connection.execute(KNOWN, {"the_key": key.id, "url": url}).one_or_none()
        if row is None and key.max_endpoints == 1:
            # TOMAAT's case of one service per key: it has moved, and is the same service still.
            _wait_for_turn(connection, key)
            last = select(ENDPOINTS).where(Endpoint.key_id == key.id).order_by(Endpoint.announced.desc()).limit(1)
            row = connection.execute(last).one_or_none()
        return row

    def _insert(self, connection: Connection, key: Row[Any], said: dict[str, Any], now: float) -> Row[Any]:
        self._check_limit(connection, key, 0, now)
        seen = {"first_seen": now, "announced": now, "last_seen": now, "expires": now + self._settings.lifetime}
        state = {"listed": True, "state": UNKNOWN, "state_since": None, "next_check": now, "failures": 0}
        values = said | seen | state | {"sid": new_sid(), "key_id": key.id}
        return connection.execute(insert(ENDPOINTS).values(values).returning(ENDPOINTS)).one()

    def _check_limit(self, connection: Connection, key: Row[Any], but: int, now: float) -> None:
        if key.max_endpoints is None:
            return
        _wait_for_turn(connection, key)
        listed = Filter().conditions(now)
        others = connection.execute(
            select(func.count()).where(*listed, Endpoint.key_id == key.id, Endpoint.id != but)
        ).scalar_one()
        if others >= key.max_endpoints:
            raise Forbidden(
                f"This key has {others} endpoints, as many as it may. Withdraw one, or ask the administrator for more."
            )

    def _touch(self, connection: Connection, row: Row[Any], now: float, values: dict[str, Any]) -> Row[Any]:
        """The endpoint, announced just now."""
        times = {"the_id": row.id, "now": now, "until": now + self._settings.lifetime}
        return connection.execute(TOUCHED.values(values) if values else TOUCHED, times).one()

    def _renew(self, connection: Connection, sid: str, secret: str) -> Row[Any]:
        now = self._clock.now()
        key = keys.recognise(connection, secret, now)
        row = self._own(connection, sid, key)
        if row.listed and row.expires > now:
            return self._touch(connection, row, now, {"next_check": now} if row.state == UNREACHABLE else {})
        self._check_limit(connection, key, row.id, now)
        row = self._touch(connection, row, now, {"next_check": now})
        changes.note(connection, "appeared", [row], now)
        return row

    def _own(self, connection: Connection, sid: str, key: Row[Any]) -> Row[Any]:
        own = select(ENDPOINTS).where(Endpoint.sid == sid, Endpoint.key_id == key.id)
        if row := connection.execute(own).one_or_none():
            return row
        raise NotFound(f"This key has announced no endpoint {sid!r}.")

    def _sweep(self, connection: Connection) -> int:
        now = self._clock.now()
        expired = select(ENDPOINTS).where(Endpoint.listed.is_(True), Endpoint.expires <= now).limit(BATCH)
        rows = list(connection.execute(expired.with_for_update(skip_locked=True)))
        unlist(connection, rows, now)
        long_gone = (Endpoint.listed.is_(False), Endpoint.expires <= now - self._settings.forget_after)
        connection.execute(delete(ENDPOINTS).where(*long_gone))
        changes.forget(connection, now)
        return len(rows)


def unlist(connection: Connection, rows: Sequence[Row[Any]], now: float) -> None:
    """Take endpoints off the list, and tell those who listen."""
    listed = [row for row in rows if row.listed]
    if listed:
        gone = update(ENDPOINTS).where(Endpoint.id.in_([row.id for row in listed]))
        connection.execute(gone.values(listed=False, expires=now))
        changes.note(connection, "gone", listed, now)


def remove(connection: Connection, sid: str, now: float) -> int:
    """Take an endpoint off the list, whoever announced it; returns the number of its key. Raises :class:`NotFound`."""
    listed = select(ENDPOINTS).where(Endpoint.sid == sid, Endpoint.listed.is_(True))
    row = connection.execute(listed).one_or_none()
    if row is None:
        raise NotFound(f"No endpoint {sid!r} is listed; `tomaat-announce endpoints list` shows which are.")
    unlist(connection, [row], now)
    key_id: int = row.key_id
    return key_id


def new_sid() -> str:
    """A SID: random, so that it gives nothing away, and short enough to be typed."""
    return base64.b32encode(secrets.token_bytes(5)).decode().lower()


def _wait_for_turn(connection: Connection, key: Row[Any]) -> None:
    """Have whoever else announces with this key wait: a limit that is counted twice at once is none."""
    connection.execute(select(Key.id).where(Key.id == key.id).with_for_update(key_share=True))


def _columns(announcement: Announcement) -> dict[str, Any]:
    named = {name: getattr(announcement, name) for name in Announcement.__dataclass_fields__}
    return named | announcement.folded


def _hold_back(connection: Connection, now: float, latest: float) -> None:
    """Nothing was seen later than now, and nothing is listed longer than it may be."""
    connection.execute(update(ENDPOINTS).where(Endpoint.expires > latest).values(expires=latest))
    for column in (Endpoint.announced, Endpoint.last_seen, Endpoint.first_seen, Endpoint.state_since):
        connection.execute(update(ENDPOINTS).where(column > now).values({column: now}))
    connection.execute(update(ENDPOINTS).where(Endpoint.next_check > now + CHECKS).values(next_check=now))
