"""How often an app's workers have failed to start, and when it is worth trying again."""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import ceil

from tomaat.errors import AppBroken
from tomaat.workers.app_files import Fingerprint

BACKOFF = (0.5, 2.0)
"""Seconds before the second and the third start."""
LONGEST_BACKOFF = 600.0
FIRST_PAUSE = 15.0
"""Seconds before the next start of an app that is broken; each pause is twice as long as the one before."""
ATTEMPTS = 1 + len(BACKOFF)
"""Failures in a row after which an app is broken."""


@dataclass
class Failures:
    """Failures in a row.

    :ivar reason: what the last one said.
    :ivar last: when it happened, by the monotonic clock.
    :ivar again: when to try again.
    :ivar files: what the app's files were like after it; ``None`` until that was looked at.
    """

    count: int
    reason: str
    last: float
    again: float
    files: Fingerprint | None = None


class Starts:
    """Counts failures in a row, app by app."""

    def __init__(self) -> None:
        self._failures: dict[str, Failures] = {}

    def failed(self, app: str, reason: str, begun: float) -> None:
        """A start has failed.

        :param begun: when it began, by the monotonic clock: of starts that ran side by side, one counts.
        """
        now, known = time.monotonic(), self._failures.get(app)
        if known is not None and begun < known.last:
            known.reason = reason
            return
        count = known.count + 1 if known else 1
        pause = BACKOFF[count - 1] if count < ATTEMPTS else FIRST_PAUSE * 2 ** min(count - ATTEMPTS, 10)
        self._failures[app] = Failures(count, reason, now, now + min(pause, LONGEST_BACKOFF))

    def succeeded(self, app: str) -> None:
        """A start has succeeded, or the app is another one now: what was before is forgotten."""
        self._failures.pop(app, None)

    def pause(self, app: str) -> float:
        """Seconds until a start is worth trying."""
        known = self._failures.get(app)
        return max(known.again - time.monotonic(), 0.0) if known else 0.0

    def try_now(self, app: str) -> None:
        """End the pause: something has changed, or somebody asks for it."""
        if app in self._failures:
            self._failures[app].again = time.monotonic()

    def reason(self, app: str) -> str | None:
        """Why this app is broken; ``None`` if it is not."""
        known = self._failures.get(app)
        return known.reason if known and known.count >= ATTEMPTS else None

    def broken(self) -> list[str]:
        """The apps that are broken."""
        return [app for app in self._failures if self.reason(app) is not None]

    def check(self, app: str) -> None:
        """Raise :class:`AppBroken`, with the reason, for an app that is broken."""
        reason = self.reason(app)
        if reason is not None:
            raise AppBroken(
                f"The app {app!r} is out of order: its workers failed to start {self._failures[app].count} times in a "
                f"row. {reason} It is tried again by itself.",
                retry_after=max(1, ceil(self.pause(app))),
            )

    def compare(self, app: str, files: Fingerprint) -> None:
        """End a broken app's pause if its files are others than after the last failure."""
        known = self._failures.get(app)
        if known is None:
            return
        if known.files is not None and known.files != files:
            self.try_now(app)
        known.files = files
