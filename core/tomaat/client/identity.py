"""Who a client is to its host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from tomaat.client.logins import logins
from tomaat.errors import ConnectionFailed


@dataclass(frozen=True)
class Identity:
    """Whom a host takes a client for.

    :ivar apps: the names of the apps that it may use; ``*`` stands for all.
    :ivar weights: whether it may upload and remove weights of these apps.
    :ivar admin: whether it may do everything, and sees everybody's jobs.
    :ivar keys: whether the host asks for keys.
    """

    id: str
    name: str
    apps: tuple[str, ...]
    weights: bool
    admin: bool
    keys: bool

    @classmethod
    def from_json(cls, json: Mapping[str, Any]) -> Self:
        return cls(
            str(json["id"]),
            str(json["name"]),
            tuple(map(str, json["apps"])),
            weights=bool(json["weights"]),
            admin=bool(json["admin"]),
            keys=bool(json["keys"]),
        )

    @property
    def may(self) -> str:
        """The apps that it may use, in words."""
        return "all apps" if self.admin or "*" in self.apps else ", ".join(self.apps) or "no app"


def key_for(url: str) -> str | None:
    """The key that ``tomaat login`` has kept for the host at ``url``."""
    return logins().key(url)


def check_key(key: str) -> str | None:
    """``key``, or ``None`` for an empty one. Raises :class:`~tomaat.errors.ConnectionFailed` for what is no key."""
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ConnectionFailed("A key has only letters, digits, '_' and '-'. Was it copied as a whole?")
    return key or None
