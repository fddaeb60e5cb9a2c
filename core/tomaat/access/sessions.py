"""Sessions of browsers, which can send no header with a download: a cookie in the place of a key."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

from sanic.response import BaseHTTPResponse

COOKIE = "tomaat_session"
LIFETIME = 12 * 3600.0
"""Seconds that a session lasts."""
MOST = 10_000
"""Sessions that there may be; beyond, the oldest ends."""


def put_cookie(response: BaseHTTPResponse, session: str, *, secure: bool) -> None:
    """Have the browser keep a session, for this host alone and out of reach of scripts; forget it if that is empty."""
    age = None if session else 0
    response.add_cookie(COOKIE, session, secure=secure, httponly=True, samesite="Strict", max_age=age)


class Sessions:
    """Which key each session stands for, by the key's hash. In memory only: they end with the host.

    :param clock: seconds that are never set back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._digests: dict[str, tuple[str, float]] = {}

    def begin(self, digest: str) -> str:
        """A new session of the key with this hash."""
        session = secrets.token_urlsafe(32)
        self._forget()
        self._digests[session] = digest, self._clock() + LIFETIME
        return session

    def digest(self, session: str) -> str | None:
        """The hash of the session's key; ``None`` if there is no such session, or no longer."""
        digest, ends = self._digests.get(session, (None, 0.0))
        return digest if ends > self._clock() else None

    def end(self, session: str) -> None:
        """Let it be good no more."""
        self._digests.pop(session, None)

    def _forget(self) -> None:
        """Drop what is over, and the oldest if there are too many; they stand first."""
        now = self._clock()
        while self._digests:
            oldest = next(iter(self._digests))
            if self._digests[oldest][1] > now and len(self._digests) < MOST:
                return
            del self._digests[oldest]
