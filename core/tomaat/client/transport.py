"""How both clients use httpx."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import Any

import httpx

from tomaat._version import __version__
from tomaat.client.address import CONNECT_TIMEOUT, through_proxy
from tomaat.client.trust import verify_for

STREAMING = httpx.Timeout(None, connect=CONNECT_TIMEOUT)
"""For bodies of any size."""
CANCELLING = httpx.Timeout(20.0)
"""Whoever cancels wants to leave, but a host gives a job five seconds to stop, and a worker may be about to start."""

STARTING = httpx.Timeout(660.0, connect=CONNECT_TIMEOUT)
"""For whoever waits until a worker has loaded its app: a host gives it ten minutes."""


def http_options(
    url: str,
    timeout: float,
    verify: ssl.SSLContext | bool,
    headers: Mapping[str, str] | None,
    fingerprint: str | None = None,
    key: str | None = None,
) -> dict[str, Any]:
    """The arguments of ``httpx.Client`` and ``httpx.AsyncClient``.

    Answers are asked for unpacked: volumes are packed already, and their length is then known. Redirects are not
    followed, so that a key goes to no other server.
    """
    ours = {"User-Agent": f"tomaat/{__version__}", "Accept-Encoding": "identity"}
    ours |= {"Authorization": f"Bearer {key}"} if key else {}
    return {
        "base_url": url,
        "timeout": httpx.Timeout(timeout, connect=min(timeout, CONNECT_TIMEOUT)),
        "verify": verify_for(url, fingerprint, verify),
        "headers": ours | dict(headers or {}),
        "trust_env": through_proxy(url),
    }
