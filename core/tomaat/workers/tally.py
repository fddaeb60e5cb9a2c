"""How many workers were started and ended since the host was, and why."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum


class Reason(StrEnum):
    """Why a worker ended."""

    IDLE = "idle"
    """It had nothing to do for too long."""
    MEMORY = "memory"
    """Another app needed its memory."""
    DEVICE = "device"
    """A worker on another device took its place."""
    RETIRED = "retired"
    """It was stopped, or its plugin was loaded anew."""
    CANCELLED = "cancelled"
    """It was killed, since its job did not stop when it was cancelled."""
    TIMEOUT = "timeout"
    """It was killed, since its job ran for too long."""
    DIED = "died"
    """It ended by itself: a crash, out of memory, a kill."""


class Tally:
    """Counts by app.

    :ivar started: how many workers were started: each was a cold start for somebody.
    :ivar failed: how many could not be.
    :ivar ended: how many have ended, by app and reason.
    """

    def __init__(self) -> None:
        self.started: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.ended: Counter[tuple[str, Reason]] = Counter()
