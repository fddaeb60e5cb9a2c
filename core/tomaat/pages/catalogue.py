"""Which of a host's apps are asked for, and by what they can be narrowed down further."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

AppJson = Mapping[str, Any]
"""An app as API v1 shows it."""
FACETS = ("modality", "anatomy", "task")
FEW = 9
"""Apps that one sees at a glance."""
ANY = "any"
"""What an app says of itself that is for all modalities, all anatomies or all tasks."""


@dataclass(frozen=True)
class Wanted:
    """What apps are to be like; what is empty lets all through.

    :ivar q: words that must all be somewhere in an app's texts, in any order.
    """

    q: str = ""
    modality: str = ""
    anatomy: str = ""
    task: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Wanted:
        """What the query of a page's address says."""
        return cls(**{name: query.get(name, "").strip() for name in ("q", *FACETS)})

    def having(self, name: str, value: str) -> Wanted:
        """The same, with this value of a facet; without the facet if it is empty."""
        changed: dict[str, Any] = {name: value}
        return replace(self, **changed)

    def fits(self, app: AppJson) -> bool:
        """Whether an app is like that."""
        texts = searched(app) if self.q else ""
        return all(word in texts for word in fold(self.q).split()) and all(
            fold(app[name]) == fold(value) for name in FACETS if (value := getattr(self, name))
        )

    def href(self, home: str) -> str:
        """The address of the page with what is wanted."""
        query = {name: value for name, value in asdict(self).items() if value}
        return f"{home}?{urlencode(query)}" if query else home


@dataclass(frozen=True)
class Choice:
    """One value of a facet.

    :ivar number: how many of the apps that are wanted otherwise have it.
    :ivar href: the page with those alone; for what is chosen, without this filter.
    """

    value: str
    number: int
    href: str
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A facet's values, those that most apps have first."""

    name: str
    choices: list[Choice]


def facets(apps: Sequence[AppJson], wanted: Wanted, home: str) -> Iterator[Facet]:
    """By what the apps can be narrowed down: a facet with a single value that nobody has chosen tells nothing."""
    for name in FACETS:
        chosen, others = getattr(wanted, name), wanted.having(name, "")
        numbers = Counter(fold(app[name]) for app in apps if others.fits(app))
        spelled = {fold(app[name]): app[name] for app in reversed(apps)}
        values = sorted(numbers, key=lambda value: (value == ANY, -numbers[value], value))
        if chosen:
            values = [fold(chosen)]
        if chosen or len(values) > 1:
            yield Facet(name, [_choice(name, spelled.get(v, chosen), numbers[v], wanted, home) for v in values])


def _choice(name: str, value: str, number: int, wanted: Wanted, home: str) -> Choice:
    chosen = bool(getattr(wanted, name))
    return Choice(value, number, wanted.having(name, "" if chosen else value).href(home), chosen)


def grouped(apps: Sequence[AppJson]) -> dict[str, list[AppJson]]:
    """The apps by modality, in the order of the alphabet; those for any stand last. A few are not parted."""
    order = sorted(apps, key=lambda app: (*_place(app["modality"]), *_place(app["anatomy"]), fold(app["title"])))
    if len(order) <= FEW:
        return {"": order} if order else {}
    groups: dict[str, list[AppJson]] = {}
    names: dict[str, str] = {}
    for app in order:
        groups.setdefault(names.setdefault(fold(app["modality"]), app["modality"]), []).append(app)
    return groups


def _place(value: str) -> tuple[bool, str]:
    return fold(value) == ANY, fold(value)


def searched(app: AppJson) -> str:
    """The texts of an app that are searched: also its card, and the names of what it finds."""
    labels = [label["name"] for output in app["outputs"] for label in (output.get("labels") or {}).values()]
    own = (app[name] for name in ("title", "name", "description", "plugin", *FACETS))
    return fold("\n".join((*own, *app["card"].values(), *labels)))


def fold(text: str) -> str:
    """The text as it is compared: without regard to case, accents and blanks at its ends."""
    plain = unicodedata.normalize("NFKD", text.strip())
    return "".join(character for character in plain if not unicodedata.combining(character)).casefold()
