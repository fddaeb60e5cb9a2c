"""Which endpoints are to be checked next, and what their checks changed: in the database, which processes share."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, update

from tomaat_announce import changes
from tomaat_announce.checking import Outcome
from tomaat_announce.tables import ALIVE, ENDPOINTS, UNKNOWN, UNREACHABLE, Endpoint

SOON = 30.0
"""Seconds after which one that has just failed is asked again: most come back at once, or not for long."""
SELDOM = 3600.0
"""Seconds after which one that keeps failing is asked again, at the latest."""
JITTER = 0.1
"""Those that were announced together are not checked together for ever."""
STATES = {Outcome.ALIVE: ALIVE, Outcome.NOT_ALLOWED: UNKNOWN}
"""What an outcome says of an endpoint; any other, that it is unreachable."""


@dataclass(frozen=True)
class Due:
    """An endpoint that is to be checked now."""

    id: int
    sid: str
    interface_url: str


@dataclass(frozen=True)
class Checked:
    """What was found of one that was due."""

    due: Due
    outcome: Outcome


def claim(connection: Connection, now: float, *, most: int, lease: float) -> list[Due]:
    """Endpoints that are due, oldest first, which no other process is given for ``lease`` seconds."""
    due = (
        select(Endpoint.id)
        .where(Endpoint.listed.is_(True), Endpoint.next_check <= now, Endpoint.expires > now)
        .order_by(Endpoint.next_check)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    claimed = (
        update(ENDPOINTS)
        .where(Endpoint.id.in_(select(due.c.id)))
        .values(next_check=now + lease)
        .returning(Endpoint.id, Endpoint.sid, Endpoint.interface_url)
    )
    return [Due(*row) for row in connection.execute(claimed)]


def settle(connection: Connection, checked: Sequence[Checked], now: float, *, interval: float) -> None:
    """Write down what was found, and tell those who listen where it is news.

    Passed over is what was announced with another interface URL, or has gone, while it was asked.
    """
    found = {(one.due.id, one.due.interface_url): one.outcome for one in checked}
    known = select(Endpoint.id, Endpoint.interface_url, Endpoint.state, Endpoint.state_since, Endpoint.failures)
    rows = connection.execute(
        known.where(Endpoint.listed.is_(True), Endpoint.id.in_([number for number, _ in found]))
        .order_by(Endpoint.id)  # all processes in the same order, so that none waits for another that waits for it
        .with_for_update()
    )
    asked = [row for row in rows if (row.id, row.interface_url) in found]
    after = [_after(row, found[row.id, row.interface_url], now, interval) for row in asked]
    by_state: dict[bool, list[dict[str, Any]]] = {True: [], False: []}
    for values in after:
        by_state["last_seen" in values].append(values)
    for alike in filter(None, by_state.values()):  # rows of one statement set the same columns
        connection.execute(update(ENDPOINTS).where(Endpoint.id == bindparam("checked")), alike)
    news = [row.id for row, values in zip(asked, after, strict=True) if row.state != values["state"]]
    if news:
        changed = connection.execute(select(ENDPOINTS).where(Endpoint.id.in_(news)).order_by(Endpoint.id))
        changes.note(connection, "changed", changed.all(), now)


def _after(row: Row[*tuple[Any, ...]], outcome: Outcome, now: float, interval: float) -> dict[str, Any]:
    """The columns that a check sets."""
    state = STATES.get(outcome, UNREACHABLE)
    failures = row.failures + 1 if state == UNREACHABLE else 0
    return {
        "checked": row.id,
        "state": state,
        "state_since": row.state_since if state == row.state else now,
        "failures": failures,
        "next_check": now + pause(failures, interval) * random.uniform(1 - JITTER, 1.0),
    } | ({"last_seen": now} if outcome is Outcome.ALIVE else {})


def pause(failures: int, interval: float) -> float:
    """Seconds until the next check: the interval; soon after a first failure, then ever more seldom."""
    if failures == 0:
        return min(interval, SELDOM)
    if failures == 1:
        return min(interval, SOON)
    return min(interval * 2.0 ** min(failures - 1, 32), SELDOM)
