"""Who sends a request, and what that caller may do."""

from __future__ import annotations

from dataclasses import dataclass

ALL = "*"
"""Stands for all apps."""


@dataclass(frozen=True)
class Caller:
    """Who sends a request. Every request that reaches a handler has one, as ``request.ctx.caller``.

    :ivar id: what jobs remember as their owner: a key's number as text, or what a ``tomaat_authenticate`` hook calls
        the caller; empty for anyone, where nobody is asked for a key.
    :ivar name: for people: whose key it is.
    :ivar apps: the names of the apps that the caller may use, or ``*``.
    :ivar weights: whether the caller may upload and remove weights of these apps.
    :ivar admin: whether the caller may do everything, and see everybody's jobs.
    """

    id: str
    name: str = ""
    apps: frozenset[str] = frozenset()
    weights: bool = False
    admin: bool = False

    def may_use(self, app: str) -> bool:
        """Whether the caller may send jobs to this app."""
        return self.admin or ALL in self.apps or app in self.apps

    def owns(self, owner: str) -> bool:
        """Whether the caller may see a job of this owner, and its results."""
        return self.admin or self.id == owner


NOBODY = Caller(id="", name="nobody")
"""Who has not said who it is, and may do nothing."""
ANYONE = Caller(id="", name="anyone", apps=frozenset({ALL}), weights=True, admin=True)
"""The caller where nobody is asked for a key: who reaches the host may do everything."""
