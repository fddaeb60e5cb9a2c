"""How often one caller may do something."""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Callable
from typing import Final

MINUTE: Final = 60.0
MOST_REMEMBERED = 100_000
"""Callers whose rate is known at once. Beyond, the one that has been quiet longest is forgotten."""
SUBNET = 64
"""Bits of an IPv6 address that stand for one customer, who has all the addresses below."""


class Rates:
    """A token bucket for each caller, kept as one number: the time at which it will be full again.

    :param rate: requests a minute; any number if 0.
    """

    def __init__(self, rate: int, clock: Callable[[], float], most: int = MOST_REMEMBERED) -> None:
        self._rate = rate
        self._clock = clock
        self._most = most
        self._full: dict[str, float] = {}

    def __len__(self) -> int:
        """Callers that are remembered."""
        return len(self._full)

    def take(self, caller: str) -> int:
        """0 if the caller may go on; else the seconds after which it may, and nothing is counted."""
        if not self._rate:
            return 0
        now = self._clock()
        full = max(self._full.pop(caller, now), now) + MINUTE / self._rate
        # Rounding must not make a minute's worth one less.
        refused = full - now > MINUTE + 1e-6
        self._full[caller] = full - MINUTE / self._rate if refused else full
        self._forget(now)
        return math.ceil(full - now - MINUTE) if refused else 0

    def wait(self, caller: str) -> int:
        """What :meth:`take` would answer; nothing is counted."""
        if not self._rate or caller not in self._full:
            return 0
        over = self._full[caller] + MINUTE / self._rate - self._clock() - MINUTE
        return math.ceil(over) if over > 1e-6 else 0

    def _forget(self, now: float) -> None:
        """Drop those that have been quiet longest: they stand first. Two at a time, so that they get fewer."""
        for _ in range(2):
            oldest = next(iter(self._full))
            if self._full[oldest] > now and len(self._full) <= self._most:
                return
            del self._full[oldest]


def network_of(address: str) -> str:
    """Whom an address stands for: itself for IPv4, its /64 for IPv6. What is no address stands for itself.

    Takes what proxies write: IPv6 in brackets, a port behind the address.
    """
    plain = address.removeprefix("[").partition("]")[0].partition("%")[0]
    try:
        parsed = ipaddress.ip_address(plain.partition(":")[0] if plain.count(":") == 1 else plain)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, SUBNET), strict=False))
