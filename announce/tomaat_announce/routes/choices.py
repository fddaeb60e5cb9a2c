"""The filters of the page, as links."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from tomaat_announce.announcement import fold
from tomaat_announce.counts import Facets
from tomaat_announce.listing import FACETS, Filter

FIRST = 8
"""Values of a facet that are shown at once."""
MOST = 100
"""Values that are shown at all."""


@dataclass(frozen=True)
class Choice:
    """One value of a facet.

    :ivar number: endpoints that have it.
    :ivar href: the page with those alone; for what is chosen, without this filter. Empty where it can't be asked for.
    """

    value: str
    number: int
    href: str
    chosen: bool = False


@dataclass(frozen=True)
class Facet:
    """A facet's values, those that most endpoints have first.

    :ivar first: to be shown at once.
    :ivar more: to be shown to who asks for them.
    :ivar others: how many there are beside the first.
    """

    name: str
    first: list[Choice]
    more: list[Choice]
    others: int


def facets_of(counts: Facets, wanted: Filter, home: str) -> list[Facet]:
    """The facets of the endpoints that are ``wanted``."""
    return [_facet(name, counts[name], wanted, home) for name in FACETS]


def _facet(name: str, counts: dict[str, int], wanted: Filter, home: str) -> Facet:
    chosen = getattr(wanted, name)
    if chosen:
        spelled = next((value for value in counts if fold(value) == fold(chosen)), chosen)
        without = href(home, _with(wanted, name, None))
        return Facet(name, [Choice(spelled, sum(counts.values()), without, chosen=True)], [], 0)
    values = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: FIRST + MOST]
    choices = [
        Choice(value, number, href(home, _with(wanted, name, value)) if value.strip() else "")
        for value, number in values
    ]
    return Facet(name, choices[:FIRST], choices[FIRST:], max(len(counts) - FIRST, 0))


def _with(wanted: Filter, name: str, value: str | None) -> Filter:
    changed: dict[str, Any] = {name: value}
    return replace(wanted, **changed)


def href(home: str, wanted: Filter, after: int = 0) -> str:
    """The page with the endpoints that are ``wanted``, from behind the one with the number ``after``."""
    query = {name: getattr(wanted, name) for name in ("text", *FACETS) if getattr(wanted, name)}
    if wanted.alive is not None:
        query["alive"] = "true" if wanted.alive else "false"
    if after:
        query["after"] = str(after)
    return f"{home}?{urlencode(query)}" if query else home
