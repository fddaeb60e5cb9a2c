"""When an announcement is made again."""

from __future__ import annotations

import random

from tomaat.errors import RequestError, TomaatError, TryLater

JITTER = 0.1
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 24 * 3600.0
"""Seconds: a service that asks for more is asked again all the same."""


class Schedule:
    """The seconds from one announcement of an app to the next.

    :param interval: what the settings say.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._pause = FIRST_PAUSE

    def after_success(self, lifetime: float) -> float:
        """The next announcement comes when the endpoint has lived half of its ``lifetime``, or earlier."""
        self._pause = FIRST_PAUSE
        return _spread(max(min(self._interval, lifetime / 2), FIRST_PAUSE))

    def after_failure(self, error: TomaatError) -> float:
        """Longer each time, up to the interval. What only a person can mend is not tried sooner than that."""
        if isinstance(error, RequestError):
            return _spread(self._interval)
        pause, self._pause = self._pause, min(2 * self._pause, self._interval)
        if isinstance(error, TryLater):
            return min(max(error.retry_after, pause), LONGEST_PAUSE) * random.uniform(1.0, 1.0 + JITTER)
        return _spread(pause)


def _spread(seconds: float) -> float:
    """A little more or less, so that hosts that were started together do not come together for ever."""
    return seconds * random.uniform(1.0 - JITTER, 1.0 + JITTER)
