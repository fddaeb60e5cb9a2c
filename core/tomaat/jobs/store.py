"""Jobs in the database: what was acknowledged is on disk, and survives a kill of the host."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Row, bindparam, delete, select
from sqlalchemy.exc import IntegrityError

from tomaat.audit.chain import append
from tomaat.audit.journal import Journal
from tomaat.database import Base, Database
from tomaat.database.driver import execute
from tomaat.errors import Conflict, InternalError, TomaatError
from tomaat.home.tables import seen
from tomaat.jobs.audited import accepted, ended
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.tables import JobRow
from tomaat.workers.work import Received, Result

TABLE = Base.metadata.tables[JobRow.__tablename__]
COLUMNS = tuple(column.name for column in TABLE.columns)

INSERT = f"INSERT INTO jobs ({', '.join(COLUMNS)}) VALUES ({', '.join('?' * len(COLUMNS))})"
UPDATE = f"UPDATE jobs SET {', '.join(f'{name} = ?' for name in COLUMNS)} WHERE id = ?"
DELETE = delete(TABLE).where(TABLE.c.id == bindparam("key"))
NONSENSE = (ValueError, TypeError, LookupError, AttributeError)
"""What reading a row raises that holds what this version never writes."""

DAMAGED = "The host's record of this job is damaged, or a newer version wrote it. Submit it again."


class JobStore:
    """The jobs' table. Each method is one transaction, committed when it returns.

    An acknowledged job's commits outlive a power cut. A job whose client waits on the line was not acknowledged: power
    cut or crash, the client knows at once; its commits only survive a crash of the host.
    """

    def __init__(
        self, database: Database, journal: Journal | None = None, plugin_of: Callable[[str], str] = lambda app: ""
    ) -> None:
        """
        :param journal: of the audit log, for what is written in no transaction of a job's own.
        :param plugin_of: an app's plugin and its version.
        """
        self._database = database
        self._journal = journal or Journal(database)
        self._plugin_of = plugin_of
        self._unwritten: dict[str, Job] = {}  # what the database does not know yet

    async def add(self, job: Job) -> None:
        """Write a new job. Raises :class:`Conflict` if there is one with its ``Idempotency-Key``."""
        row, entry = _row(job), accepted(job, self._plugin_of(job.app))

        def write(connection: Connection) -> None:
            execute(connection, INSERT, row)
            append(connection, entry)

        try:
            await self._database.write(write, synced=not job.waited)
        except IntegrityError as error:
            raise Conflict(
                "A call with this Idempotency-Key has just been taken. Send it again to see its job."
            ) from error

    async def save(self, job: Job) -> None:
        """Write what has become of a job; once it is back, if the database is away. A job that was forgotten meanwhile
        stays forgotten."""
        row = [*_row(job), job.id]
        entries = [ended(job, self._plugin_of(job.app))] if job.state.final else []

        def write(connection: Connection) -> None:
            execute(connection, UPDATE, row)
            append(connection, *entries)

        await self._database.write_surely(write, synced=not job.waited, about=[job.id])
        if self._database.owes(job.id):
            self._unwritten[job.id] = job
        else:
            self._unwritten.clear()  # all that came before is written, too

    def note_end(self, job: Job) -> None:
        """Have the audit log say how a job ended whose row is not written again: it is forgotten in a moment."""
        self._journal.write_soon(ended(job, self._plugin_of(job.app)))

    async def get(self, job_id: str) -> Job | None:
        """The job with this id."""
        if self._database.owes(job_id):
            return self._unwritten.get(job_id)
        jobs = await self._select(TABLE.c.id == job_id)
        return jobs[0] if jobs else None

    async def first(self, owner: str, app: str, idempotency: str) -> Job | None:
        """The job that this owner submitted to this app with this ``Idempotency-Key``."""
        asked = (TABLE.c.owner == owner, TABLE.c.app == app, TABLE.c.idempotency == idempotency)
        jobs = await self._select(*asked)
        return jobs[0] if jobs else None

    async def find(
        self, *, app: str = "", states: Sequence[JobState] = (), owner: str | None = None, limit: int = 100
    ) -> list[Job]:
        """Jobs, newest first; of one app, in some states, or of one owner, if these are given."""
        conditions = [TABLE.c.app == app] if app else []
        if owner is not None:
            conditions.append(TABLE.c.owner == owner)
        if states:
            conditions.append(TABLE.c.state.in_([str(state) for state in states]))
        return await self._select(*conditions, limit=limit, newest_first=True)

    async def ended(self, *, app: str, states: Sequence[JobState], before: float) -> list[Job]:
        """Jobs that ended in one of these states before this time, oldest first; of one app, if one is given."""
        conditions = [TABLE.c.app == app] if app else []
        conditions += [TABLE.c.state.in_([str(state) for state in states]), TABLE.c.finished <= before]
        return await self._select(*conditions)

    async def unfinished(self) -> list[Job]:
        """What a host finds when it starts again: queued and running jobs, oldest first.

        Those whose rows make no sense have failed, and say so."""
        return await self._select(TABLE.c.state.not_in([str(state) for state in JobState if state.final]))

    async def expired(self, now: float) -> list[Job]:
        """Jobs whose results need not be kept any longer."""
        return await self._select(TABLE.c.expires <= now)

    async def ids(self) -> set[str]:
        """The ids of all jobs."""
        return set(await self._scalars(select(TABLE.c.id)))

    async def keeping(self) -> set[str]:
        """The ids of jobs whose uploads are kept as long as their results."""
        return set(await self._scalars(select(TABLE.c.id).where(TABLE.c.keep_inputs)))

    async def forget(self, job_ids: Sequence[str]) -> None:
        """Remove jobs' rows; once it is back, if the database is away."""
        keys = [{"key": job_id} for job_id in job_ids]
        for job_id in job_ids:
            self._unwritten.pop(job_id, None)
        if keys:
            await self._database.write_surely(
                lambda connection: connection.execute(DELETE, keys), synced=False, about=job_ids
            )

    async def check(self) -> None:
        """Raise :class:`~tomaat.errors.Unavailable` where the database can't be read, or written."""
        await self._scalars(select(TABLE.c.id).limit(1))
        if not self._database.writable:  # perhaps it is by now, and nobody has tried
            await self._database.write(seen)

    async def _select(self, *conditions: Any, limit: int | None = None, newest_first: bool = False) -> list[Job]:
        order = TABLE.c.id.desc() if newest_first else TABLE.c.id
        query = select(TABLE).where(*conditions).order_by(order).limit(limit)

        def read(connection: Connection) -> list[Job]:
            try:
                return [_job(row) for row in connection.execute(query)]
            except NONSENSE:  # of one row; the others are all right
                ids = connection.execute(query.with_only_columns(TABLE.c.id)).scalars().all()
                return [_job_or_damage(connection, job_id) for job_id in ids]

        return await self._database.read(read)

    async def _scalars(self, query: Any) -> Sequence[Any]:
        return await self._database.read(lambda connection: connection.execute(query).scalars().all())


def _row(job: Job) -> list[Any]:
    """A job's columns, as the drivers take them."""
    row = dict(vars(job))
    row["state"] = str(job.state)
    row["inputs"] = _json({name: received.as_json() for name, received in job.inputs.items()})
    row["results"] = _json([result.as_json() for result in job.results])
    row["error"] = _json(job.error.as_json()) if job.error else None
    row |= {name: _json(row[name]) for name in ("formats", "timings", "provenance")}
    return [row[name] for name in COLUMNS]


def _json(content: Any) -> str:
    return orjson.dumps(content).decode()


def _job(row: Row[Any]) -> Job:
    values = dict(row._mapping)
    values["state"] = JobState(values["state"])
    values["inputs"] = {name: Received(**received) for name, received in values["inputs"].items()}
    values["results"] = [Result(**result) for result in values["results"]]
    values["error"] = TomaatError.from_json(values["error"]) if values["error"] else None
    return Job(**values)


def _job_or_damage(connection: Connection, job_id: str) -> Job:
    """A job; a failed one that says so where its row makes no sense."""
    try:
        return _job(connection.execute(select(TABLE).where(TABLE.c.id == job_id)).one())
    except NONSENSE:
        columns = (TABLE.c.id, TABLE.c.app, TABLE.c.owner, TABLE.c.created, TABLE.c.expires)
        row = connection.execute(select(*columns).where(TABLE.c.id == job_id)).one()
        created, expires = (value if isinstance(value, float) else None for value in (row.created, row.expires))
        return Job(
            str(row.id),
            str(row.app),
            JobState.FAILED,
            created=created or 0.0,
            finished=created,
            expires=expires,
            owner=str(row.owner),
            error=InternalError(
                "The host's record of this job is damaged, or a newer version wrote it. Submit it again."
            ),
        )
