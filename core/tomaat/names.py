"""The names that apps may have, and how to make one from any text."""

from __future__ import annotations

import keyword
import re
import unicodedata

from tomaat.description import RESERVED, SLUG
from tomaat.errors import InvalidInput


def check_app_name(name: str) -> None:
    """Raise :class:`InvalidInput` for a name that no host would take."""
    if not SLUG.fullmatch(name):
        raise InvalidInput(
            f"{name!r} can't be an app's name: lower-case letters, digits and '-', like 'spleen-ct'.", field="name"
        )
    if name in RESERVED:
        raise InvalidInput(f"An app can't be called {name!r}: that is a route of the host.", field="name")


def app_name_of(text: str, otherwise: str = "network") -> str:
    """A name for an app, made from any text, such as a file's name; ``otherwise`` where nothing usable is in it."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    slug = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64].strip("-")
    return slug if slug and slug not in RESERVED else otherwise


def class_name_of(name: str) -> str:
    """``SpleenCt`` for ``spleen-ct``; with ``App`` before it where that can't be a class, as for ``3d``, or would hide
    what its module imports, as for ``volume``."""
    import tomaat

    words = "".join(word.capitalize() for word in name.split("-"))
    free = words.isidentifier() and not keyword.iskeyword(words) and words not in tomaat.__all__
    return words if free else f"App{words}"
