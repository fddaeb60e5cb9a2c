"""Which addresses only this machine can reach."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=256)
def is_loopback(address: str) -> bool:
    """Whether an address, or a name, is this machine's own and nobody else's: ``127.0.0.1``, ``::1``, ``localhost``."""
    name = address.strip("[]").rstrip(".").lower()
    try:
        parsed = ipaddress.ip_address(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    mapped = getattr(parsed, "ipv4_mapped", None)
    return (mapped or parsed).is_loopback
