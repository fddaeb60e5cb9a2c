"""Which endpoints are asked for, and a page of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    Double,
    Integer,
    Row,
    Select,
    bindparam,
    func,
    select,
)

from tomaat_announce.announcement import fold, fold_facet
from tomaat_announce.tables import ALIVE, ENDPOINTS, Endpoint

FACETS = ("modality", "anatomy", "task")


@dataclass(frozen=True)
class Filter:
    """What endpoints are to be like; whatever is ``None`` or empty lets all through.

    :ivar text: words that must all be somewhere in the name, the facets, the description or the URL.
    :ivar alive: whether they answered when they were last asked.
    :ivar gone: let through also those that are listed no more.
    """

    modality: str | None = None
    anatomy: str | None = None
    task: str | None = None
    text: str | None = None
    alive: bool | None = None
    gone: bool = False

    def conditions(self, now: float | BindParameter[float]) -> list[ColumnElement[bool]]:
        """What a row must fulfil to be shown at the time ``now``."""
        # Nearly all that is listed has not expired: SQLite must not take the index of expiry for the one to go by.
        listed = [Endpoint.listed.is_(True), Endpoint.expires + 0.0 > now]
        found: list[ColumnElement[bool]] = [] if self.gone else listed
        for name in FACETS:
            if wanted := getattr(self, name):
                found.append(getattr(Endpoint, f"{name}_folded") == fold_facet(wanted))
        found += [Endpoint.search.contains(word, autoescape=True) for word in fold(self.text or "").split()]
        if self.alive is not None:
            found.append((Endpoint.state == ALIVE).is_(self.alive))
        return found


def page(
    connection: Connection,
    wanted: Filter,
    now: float,
    *,
    after: int,
    limit: int,
    columns: Sequence[ColumnElement[Any]] = tuple(ENDPOINTS.c),
) -> tuple[Sequence[Row[Any]], int]:
    """At most ``limit`` endpoints, in the order in which they first came, behind the one with the number ``after``;
    and the number behind which the next page begins, or 0.

    :param columns: what of each is wanted; its number comes last in any case.
    """
    query = _page(wanted, tuple(columns))
    said = {"now": now, "after": after, "limit": limit + 1}
    rows = connection.execute(query, said).all()
    return rows[:limit], rows[limit - 1].number if len(rows) > limit else 0


@lru_cache
def _page(wanted: Filter, columns: Sequence[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    """Kept for the filters that are asked for most: to put a statement together takes as long as to run it."""
    conditions = wanted.conditions(bindparam("now", type_=Double))
    return (
        select(*columns, Endpoint.id.label("number"))
        .where(*conditions, Endpoint.id > bindparam("after", type_=BigInteger))
        .order_by(Endpoint.id)
        .limit(bindparam("limit", type_=Integer))
    )


def count(connection: Connection, wanted: Filter, now: float) -> int:
    """How many endpoints there are."""
    return connection.execute(select(func.count()).select_from(Endpoint).where(*wanted.conditions(now))).scalar_one()


def states(connection: Connection, now: float) -> dict[str, int]:
    """How many endpoints are in each state."""
    listed = select(Endpoint.state, func.count()).where(*Filter().conditions(now)).group_by(Endpoint.state)
    return {str(state): int(number) for state, number in connection.execute(listed)}


def facets(connection: Connection, wanted: Filter, now: float) -> dict[str, dict[str, int]]:
    """For modality, anatomy and task: how many endpoints have each value; one spelling stands for all cases of it."""
    # One look at each endpoint for all three; grouping by what is no column goes by the index of the filter.
    folded = [func.coalesce(getattr(Endpoint, f"{name}_folded"), "") for name in FACETS]
    spelled = [func.min(getattr(Endpoint, name)) for name in FACETS]
    rows = connection.execute(
        select(*folded, *spelled, func.count()).where(*wanted.conditions(now)).group_by(*folded)
    ).all()
    return {
        name: _totals((row[place], row[len(FACETS) + place], row[-1]) for row in rows)
        for place, name in enumerate(FACETS)
    }


def _totals(rows: Iterable[tuple[str, str, int]]) -> dict[str, int]:
    """The numbers of each value, in the order of the values; of its spellings, the first by the alphabet."""
    numbers: Counter[str] = Counter()
    spellings: dict[str, str] = {}
    for folded, spelled, number in rows:
        numbers[folded] += number
        spellings[folded] = min(spellings.get(folded, spelled), spelled)
    return {spellings[folded]: numbers[folded] for folded in sorted(numbers)}
