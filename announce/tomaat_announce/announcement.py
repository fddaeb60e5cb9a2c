"""What an announcement says, once it is known to be sound."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

from tomaat.errors import InvalidInput

LONGEST = {"description": 10_000, "interface_url": 2000, "prediction_url": 2000, "page_url": 2000}
"""Characters that a field may have; others may have 200."""
URLS = ("interface_url", "prediction_url", "page_url")
LONGEST_OTHER = 200
LONGEST_FOLDED = 400
"""Characters of what filters compare: in one case, and some letters become many by that."""
LONGEST_CARD = 16 * 1024
"""Bytes of the model card as JSON."""
OPTIONAL = {"version": "", "description": "", "page_url": ""}
LINES = "\n\r\t"
"""Control characters that a description may have."""
UNSAFE = frozenset({"Cc", "Cs", "Co", "Cn"})
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
"""They turn the direction of writing, so that a name reads as another."""


@dataclass(frozen=True)
class Announcement:
    """An app of a host, as the host announces it."""

    name: str
    modality: str
    anatomy: str
    task: str
    description: str
    interface_url: str
    prediction_url: str
    version: str = ""
    page_url: str = ""
    card: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, json: Mapping[str, Any]) -> Self:
        """The announcement in the body of a request; what else the body has is passed over.

        Raises :class:`~tomaat.errors.InvalidInput`, which names the field.
        """
        texts = {item.name: _text(json, item.name) for item in fields(cls) if item.name != "card"}
        if not any(character.isprintable() and not character.isspace() for character in texts["name"]):
            raise InvalidInput("'name' is empty; people find an endpoint by its name.", field="name")
        for name in URLS:
            if texts[name] or name not in OPTIONAL:
                _check_url(name, texts[name])
        return cls(**texts, card=_card(json.get("card") or {}))

    @property
    def folded(self) -> dict[str, str]:
        """What filters and the search compare with."""
        columns = {f"{name}_folded": fold_facet(getattr(self, name)) for name in ("modality", "anatomy", "task")}
        words = (self.name, self.modality, self.anatomy, self.task, self.description, self.prediction_url)
        return columns | {"search": fold("\n".join(words))}


def fold(text: str) -> str:
    """``text`` in one case and one way of writing accents, for comparing."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def fold_facet(text: str) -> str:
    """:func:`fold` of a modality, an anatomy or a task, as long as its column is."""
    return fold(text)[:LONGEST_FOLDED]


def _text(json: Mapping[str, Any], name: str) -> str:
    value = json.get(name, OPTIONAL.get(name))
    if value is None:
        raise InvalidInput(f"{name!r} is missing.", field=name)
    if not isinstance(value, str):
        raise InvalidInput(f"{name!r} must be text.", field=name)
    longest = LONGEST.get(name, LONGEST_OTHER)
    if len(value) > longest:
        raise InvalidInput(f"{name!r} has {len(value):,} characters; it may have {longest:,}.", field=name)
    allowed = LINES if name == "description" else ""
    if any(_is_unsafe(character) and character not in allowed for character in value):
        raise InvalidInput(f"{name!r} has control characters; write plain text.", field=name)
    return value


def _is_unsafe(character: str) -> bool:
    return character in TURNING or unicodedata.category(character) in UNSAFE


def _check_url(name: str, url: str) -> None:
    example = "write it like https://gpu1.example:9001/brain/predict"
    if not url.isascii() or any(character.isspace() or character in '<>"\\^`{|}' for character in url):
        raise InvalidInput(f"{name!r} is no URL; {example}.", field=name)
    try:
        parsed = urlsplit(url)
        named = bool(parsed.hostname) and parsed.port != 0
    except ValueError:
        raise InvalidInput(f"{name!r} is no URL; {example}.", field=name) from None
    if parsed.scheme not in ("http", "https") or not named:
        raise InvalidInput(f"{name!r} must be an http or https URL; {example}.", field=name)
    if parsed.username is not None or parsed.password is not None:
        raise InvalidInput(f"{name!r} has a user or a password in it, which everybody would see.", field=name)


def _card(card: Any) -> dict[str, str]:
    if not isinstance(card, Mapping) or not all(isinstance(value, str) for value in card.values()):
        raise InvalidInput('\'card\' must be an object of texts, such as {"licence": "MIT"}.', field="card")
    if len(orjson.dumps(dict(card))) > LONGEST_CARD:
        raise InvalidInput(f"'card' may have {LONGEST_CARD // 1024} KiB.", field="card")
    if any(_is_unsafe(c) and c not in LINES for text in (*card, *card.values()) for c in text):
        raise InvalidInput("'card' has control characters; write plain text.", field="card")
    return dict(card)
