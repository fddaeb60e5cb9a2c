"""An announcement service that a host announces its apps to."""

from __future__ import annotations

from dataclasses import dataclass, field

INTERVAL = 1600.0
OLD_ROUTE = "/announce"
"""What TOMAAT's own announcement URLs end in."""


@dataclass(frozen=True)
class Target:
    """Where to announce, and with what key.

    :ivar url: of the service, as it was given; TOMAAT's way, with ``/announce`` at its end, is right, too.
    :ivar key: is in no log and no representation.
    :ivar fingerprint: SHA-256 of the service's certificate, where no authority signed it.
    :ivar interval: seconds from one announcement of an app to the next, at most.
    :ivar reached_at: where this host reaches the service, if that is not its URL: a service inside this host.
    """

    url: str
    key: str = field(repr=False)
    fingerprint: str = ""
    interval: float = INTERVAL
    reached_at: str = ""

    @property
    def base(self) -> str:
        """What the service's routes are added to."""
        return (self.reached_at or self.url).rstrip("/").removesuffix(OLD_ROUTE)
