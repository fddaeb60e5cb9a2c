"""How fast jobs of an app come to their end, and so when it makes sense to ask again."""

from __future__ import annotations

import math
from collections import deque

REMEMBERED = 8
"""Jobs of an app: few, so that a change is soon noticed."""
UNKNOWN = 1.0
"""Seconds that a job of an app is thought to take of which none has ended yet."""
LONGEST = 300
"""Seconds that anyone is told to wait: cancelled jobs may make room much sooner."""


class Pace:
    """Remembers how long the last jobs of each app ran."""

    def __init__(self) -> None:
        self._ran: dict[str, deque[float]] = {}

    def note(self, app: str, seconds: float) -> None:
        """A job of this app ran so long."""
        self._ran.setdefault(app, deque(maxlen=REMEMBERED)).append(seconds)

    def retry_after(self, app: str, ahead: int, at_once: int) -> int:
        """Seconds until jobs that are ``ahead`` have probably ended, of which so many run ``at_once``: 1 to 300."""
        ran = self._ran.get(app)
        mean = sum(ran) / len(ran) if ran else UNKNOWN
        return max(1, min(LONGEST, math.ceil(mean * ahead / max(1, at_once))))
