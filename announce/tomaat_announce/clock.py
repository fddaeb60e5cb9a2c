"""The time, as an announcement service needs it: a clock that is set does not make all endpoints vanish."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since 1970, which go on evenly although the machine's clock is set.

    A machine whose clock was an hour late at start would, once it is put right, believe that nothing was announced for
    an hour. So the time goes on from what it was, until :meth:`adopt` takes the machine's: by then what is stored has
    been moved along.

    :param wall: the machine's clock.
    """

    def __init__(self, wall: Callable[[], float] = time.time) -> None:
        self._wall = wall
        self._offset = wall() - time.monotonic()

    def now(self) -> float:
        """The time."""
        return time.monotonic() + self._offset

    def jump(self) -> float:
        """Seconds by which the machine's clock was set forward, or back if negative, since it was last adopted."""
        return self._wall() - self.now()

    def adopt(self) -> None:
        """Go by the machine's clock from here on."""
        self._offset = self._wall() - time.monotonic()
