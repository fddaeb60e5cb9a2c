"""What memory apps have taken, measured job by job and kept over restarts of the host."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

from sqlalchemy import BigInteger, Connection, String, delete, insert, select
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base, Database
from tomaat.errors import Unavailable
from tomaat.workers.metering import MemoryUse

log = logging.getLogger(__name__)

FALL = 20
"""The part of the way down that a figure takes with each smaller job: one image of an unusual size is not held against
its app for ever, but for some dozens of jobs."""
WORTH = 50
"""A figure that has changed by a fiftieth is written to the database; less is not worth a commit."""


class MemoryRow(Base):
    """What one app takes on one device with one set of weights, in bytes."""

    __tablename__ = "memory"

    app: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[str] = mapped_column(String(64), primary_key=True)
    device: Mapped[str] = mapped_column(String(16), primary_key=True)
    weights: Mapped[str] = mapped_column(String(64), primary_key=True)
    rss: Mapped[int] = mapped_column(BigInteger)
    gpu: Mapped[int] = mapped_column(BigInteger)
    jobs: Mapped[int]


TABLE = Base.metadata.tables[MemoryRow.__tablename__]


class Measured(NamedTuple):
    """What was measured: an app of a plugin's version, on a device, with weights (their SHA-256; empty for none)."""

    app: str
    version: str
    device: str
    weights: str


@dataclass(frozen=True)
class Figures:
    """The most that a worker took at once, of late, and how many jobs say so.

    :ivar rss: bytes of processor memory.
    :ivar gpu: bytes of its GPU; 0 on the processor.
    """

    rss: int
    gpu: int
    jobs: int

    def with_job(self, use: MemoryUse) -> Self:
        """The same after one more job."""
        return replace(self, rss=_after(self.rss, use.rss), gpu=_after(self.gpu, use.device), jobs=self.jobs + 1)


class MeasuredMemory:
    """What is known of every app's memory.

    :param database: where it is kept; ``None`` keeps it for as long as this object.
    """

    def __init__(self, database: Database | None = None) -> None:
        self._database = database
        self._known: dict[Measured, Figures] = {}
        self._written: dict[Measured, Figures] = {}
        self._first: dict[tuple[str, str, str], MemoryUse] = {}  # by app, version and device

    async def load(self) -> None:
        """Know what an earlier run of the host measured."""
        if self._database is None:
            return
        rows = await self._database.read(lambda connection: connection.execute(select(TABLE)).all())
        for row in rows:
            key = Measured(row.app, row.version, row.device, row.weights)
            self._known[key] = self._written[key] = Figures(row.rss, row.gpu, row.jobs)

    def of(self, app: str, version: str, device: str, weights: str = "") -> Figures | None:
        """What the app takes there; what it takes with other weights, or on another GPU, where that alone is known.
        ``None`` for an app that has run no job yet in this version."""
        exact = self._known.get(Measured(app, version, device, weights))
        if exact is not None:
            return exact
        similar = [
            figures
            for key, figures in self._known.items()
            if key[:2] == (app, version) and (key.device == "cpu") == (device == "cpu")
        ]
        return max(similar, key=lambda figures: (figures.gpu, figures.rss), default=None)

    def first(self, app: str, version: str, device: str) -> MemoryUse | None:
        """What the app's latest worker there took with its first job; ``None`` where none has run since the host began.

        Others may have kept more with each job: that is no reason not to start another one.
        """
        return self._first.get((app, version, device))

    def lower(self, app: str, version: str) -> None:
        """An app was refused for what it took. It shall not be so for ever: perhaps one image was to blame."""
        for key, figures in list(self._of_app(app, version)):
            self._known[key] = replace(figures, rss=_after(figures.rss, 0), gpu=_after(figures.gpu, 0))
        for place, use in self._first.items():
            if place[:2] == (app, version):
                self._first[place] = MemoryUse(_after(use.rss, 0), _after(use.device, 0))

    def add(self, measured: Measured, use: MemoryUse, *, first: bool = False) -> bool:
        """Take one more job into account; whether that changed so much that it is to be kept, by :meth:`keep`.

        :param first: whether it was its worker's first.
        """
        if first:
            self._first[measured[:3]] = use
        before = self._known.get(measured)
        after = before.with_job(use) if before else Figures(use.rss, use.device, 1)
        self._known[measured] = after
        return _differ(self._written.get(measured), after)

    def shown(self, app: str, version: str) -> list[dict[str, Any]]:
        """What is known of an app, as the API shows it."""
        return [
            {"device": key.device, "weights": key.weights, "rss": figures.rss, "gpu": figures.gpu, "jobs": figures.jobs}
            for key, figures in sorted(self._of_app(app, version))
        ]

    def _of_app(self, app: str, version: str) -> Iterator[tuple[Measured, Figures]]:
        known: Mapping[Measured, Figures] = self._known
        return ((key, figures) for key, figures in known.items() if key[:2] == (app, version))

    async def keep(self, measured: Measured) -> None:
        """Write what is known by now to the database, for the host's next runs."""
        figures = self._written[measured] = self._known[measured]
        if self._database is None:
            return

        def work(connection: Connection) -> None:
            connection.execute(
                delete(TABLE).where(*[TABLE.c[name] == value for name, value in measured._asdict().items()])
            )
            connection.execute(insert(TABLE).values(**measured._asdict(), **vars(figures)))

        try:
            await self._database.write(work, synced=False)
        except Unavailable:  # the job is done all the same, and the next one will be measured, too
            log.warning("what the app %s takes of memory could not be written down", measured.app)


def _after(known: int, found: int) -> int:
    return found if found >= known else known - (known - found) // FALL


def _differ(written: Figures | None, now: Figures) -> bool:
    if written is None:
        return True
    return any(
        abs(one - other) * WORTH > other for one, other in ((now.rss, written.rss), (now.gpu, written.gpu)) if other
    )
