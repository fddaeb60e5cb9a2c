"""Who is let in: a place in the queue for each call before its upload is taken, and so many uploads at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tomaat.errors import Busy, Conflict, TomaatError
from tomaat.jobs.idempotency import HEADER
from tomaat.jobs.job import Job
from tomaat.jobs.pace import Pace
from tomaat.jobs.queues import Queues
from tomaat.settings import Settings

SMALL = 2**16
"""Bytes of a body that does not count as an upload: large ones shall not keep texts and points out."""

Key = tuple[str, str, str]
"""Owner, app and ``Idempotency-Key`` of a call."""


class Admission:
    """Places in queues, for calls whose upload still comes.

    :param capacity: how many jobs of an app may run at once.
    :param check: raises for an app that can take no jobs now: one that is broken.
    :ivar pace: how long jobs of each app run.
    """

    def __init__(
        self,
        settings: Settings,
        queues: Queues,
        capacity: Callable[[str], int],
        check: Callable[[str], None] = lambda app: None,
    ) -> None:
        self._settings = settings
        self._queues = queues
        self._capacity = capacity
        self._check = check
        self._places: dict[str, str] = {}  # apps, by the ids of jobs that are not queued yet
        self._reserved: Counter[str] = Counter()
        self._keys: set[Key] = set()
        self._uploads = 0
        self._closed: TomaatError | None = None
        self.pace = Pace()

    @property
    def uploads(self) -> int:
        """How many uploads come in now, without small ones."""
        return self._uploads

    @property
    def closed(self) -> TomaatError | None:
        """Why nobody is let in any more."""
        return self._closed

    def close(self, why: TomaatError) -> None:
        """Let nobody in from now on."""
        self._closed = why

    def reserve(self, job_id: str, app: str) -> None:
        """Keep a place for a job. Raises :class:`Busy` if the app has none, :class:`AppBroken`, and what the host is
        closed with.

        There are as many as may wait, and as many more as could run at once.
        """
        self.check_open()
        self._check(app)
        limit, at_once = self._settings.app(app).queue_limit, self._capacity(app)
        waiting = self._queues.waiting(app) + self._reserved[app]
        free = max(0, at_once - self._queues.running(app)) if limit else 0
        if waiting >= limit + free:
            wait = self.pace.retry_after(app, waiting + self._queues.running(app), at_once)
            raise Busy(
                f"{waiting} jobs wait for the app {app!r} already, and no more than {limit} may. "
                f"Try again in {wait} seconds.",
                retry_after=wait,
                queue=waiting,
                limit=limit,
            )
        self._places[job_id] = app
        self._reserved[app] += 1

    def has_place(self, job_id: str) -> bool:
        """Whether a place is kept for this job."""
        return job_id in self._places

    def release(self, job_id: str) -> None:
        """Give a job's place away, if it has one: it is queued now, or will never be."""
        app = self._places.pop(job_id, None)
        if app is not None:
            self._reserved[app] -= 1

    def check_open(self) -> None:
        """Raise what the host is closed with."""
        if self._closed is not None:
            raise self._closed

    @contextmanager
    def uploading(self, size: int | None) -> Iterator[None]:
        """As long as a body of ``size`` bytes comes. Raises :class:`Busy` for one too many."""
        self.check_open()
        if size is not None and size <= SMALL:
            yield
            return
        most = self._settings.max_uploads
        if self._uploads >= most:
            raise Busy(
                f"As many uploads come in already as this host takes at once ({most}). Try again in a few seconds."
            )
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    @contextmanager
    def only_one(self, job: Job) -> Iterator[None]:
        """As long as a call with this job's key is taken in. Raises :class:`Conflict` for a second one meanwhile."""
        key: Key = (job.owner, job.app, job.idempotency)
        if key in self._keys:
            raise Conflict(f"The first call with this {HEADER} is still coming in. Send it again when that has ended.")
        self._keys.add(key)
        try:
            yield
        finally:
            self._keys.discard(key)
