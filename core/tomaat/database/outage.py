"""A database that can't be used: what callers are told, and what the log says of it, once and not a thousand times."""

from __future__ import annotations

import logging
import math
import threading
import time

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from tomaat.database.writer import is_away, is_damaged
from tomaat.errors import Unavailable

log = logging.getLogger(__name__)

REMIND = 30.0
"""Seconds between two lines in the log while it lasts."""
QUIET = 1.0
"""Seconds without a failure after which it is over: a full disk takes what changes nothing, and then fails again."""
FULL = ("is full", "No space left")


class Outage:
    """The time for which a database is away; used from several threads.

    :param server: whose database it is, for the sentences.
    """

    def __init__(self, server: str) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._since: float | None = None
        self._failed = self._said = -math.inf

    def of(self, error: SQLAlchemyError) -> Exception:
        """What a caller is told: :class:`~tomaat.errors.Unavailable`, or the error itself if it is a mistake."""
        if not is_away(error) and not isinstance(error, PoolTimeout):
            return error
        reason = str(getattr(error, "orig", error)).strip()
        self._say(reason)
        if isinstance(error, DBAPIError) and is_damaged(error):
            sentence = f"The {self._server}'s database is damaged; its administrator has to restore a backup."
            return Unavailable(sentence, retry_after=300)
        if any(words in reason for words in FULL):
            sentence = f"The {self._server}'s disk is full; its administrator has to make room."
            return Unavailable(sentence, retry_after=60)
        sentence = f"The {self._server}'s database is away; nothing was stored. Try again soon."
        return Unavailable(sentence, retry_after=5)

    @property
    def lasts(self) -> bool:
        """Whether the database has not answered since it was away."""
        return self._since is not None

    def over(self) -> None:
        """The database has answered."""
        if self._since is None:  # nearly always: this costs nothing
            return
        now = time.monotonic()
        with self._lock:
            if self._since is not None and now - self._failed > QUIET:
                log.warning("the database can be used again, after %.0f s", now - self._since)
                self._since, self._said = None, -math.inf

    def _say(self, reason: str) -> None:
        now = time.monotonic()
        with self._lock:
            self._since, self._failed = self._since or now, now
            if now - self._said < REMIND:
                return
            self._said = now
        log.error("the database can't be used: %s", reason)
