"""Jobs in the database: what was acknowledged is on disk, and survives a kill of the host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from tomaat.database import Base, Database
from tomaat.errors import TomaatError
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.tables import JobRow
from tomaat.workers.work import Received, Result

TABLE = Base.metadata.tables[JobRow.__tablename__]
COLUMNS = tuple(column.name for column in TABLE.columns)

# Built once: putting a statement together costs more than running it.
INSERT = insert(TABLE)
UPDATE = update(TABLE).where(TABLE.c.id == bindparam("key"))
DELETE = delete(TABLE).where(TABLE.c.id == bindparam("key"))


class JobStore:
    """The jobs' table. Each method is one transaction, committed when it returns.

    An acknowledged job's commits outlive a power cut. A job whose client waits on the line was not acknowledged: power
    cut or crash, the client knows at once; its commits only survive a crash of the host.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        database.table(JobRow)

    async def add(self, job: Job) -> None:
        """Write a new job."""
        row = _row(job)
        await self._execute(INSERT, row, synced=not job.waited)

    async def save(self, job: Job) -> None:
        """Write what has become of a job. A job that was forgotten meanwhile stays forgotten."""
        row = _row(job) | {"key": job.id}
        await self._execute(UPDATE, row, synced=not job.waited)

    async def get(self, job_id: str) -> Job | None:
        """The job with this id."""
        jobs = await self._select(TABLE.c.id == job_id)
        return jobs[0] if jobs else None

    async def find(self, *, app: str = "", states: Sequence[JobState] = (), limit: int = 100) -> list[Job]:
        """Jobs, newest first; of one app, or in some states, if these are given."""
        conditions = [TABLE.c.app == app] if app else []
        if states:
            conditions.append(TABLE.c.state.in_([str(state) for state in states]))
        return await self._select(*conditions, limit=limit, newest_first=True)

    async def unfinished(self) -> list[Job]:
        """What a host finds when it starts again: queued and running jobs, oldest first."""
        return await self._select(TABLE.c.state.in_([str(JobState.QUEUED), str(JobState.RUNNING)]))

    async def expired(self, now: float) -> list[Job]:
        """Jobs whose results need not be kept any longer."""
        return await self._select(TABLE.c.expires <= now)

    async def ids(self) -> set[str]:
        """The ids of all jobs."""
        return set(await self._scalars(select(TABLE.c.id)))

    async def forget(self, job_ids: Sequence[str]) -> None:
        """Remove jobs' rows."""
        await self._execute(DELETE, [{"key": job_id} for job_id in job_ids])

    async def check(self) -> None:
        """Raise where the database can't be read."""
        await self._scalars(select(TABLE.c.id).limit(1))

    async def _select(self, *conditions: Any, limit: int | None = None, newest_first: bool = False) -> list[Job]:
        order = TABLE.c.id.desc() if newest_first else TABLE.c.id
        query = select(TABLE).where(*conditions).order_by(order).limit(limit)

        def read(connection: Connection) -> list[Job]:
            return [_job(row) for row in connection.execute(query)]

        return await self._database.read(read)

    async def _execute(
        self, statement: Any, values: dict[str, Any] | list[dict[str, Any]], *, synced: bool = False
    ) -> None:
        await self._database.write(lambda connection: connection.execute(statement, values), synced=synced)

    async def _scalars(self, query: Any) -> Sequence[Any]:
        return await self._database.read(lambda connection: connection.execute(query).scalars().all())


def _row(job: Job) -> dict[str, Any]:
    row = {name: getattr(job, name) for name in COLUMNS}
    row["state"] = str(job.state)
    row["inputs"] = {name: received.as_json() for name, received in job.inputs.items()}
    row["results"] = [result.as_json() for result in job.results]
    row["error"] = job.error.as_json() if job.error else None
    return row


def _job(row: Row[Any]) -> Job:
    values = dict(row._mapping)
    values["state"] = JobState(values["state"])
    values["inputs"] = {name: Received(**received) for name, received in values["inputs"].items()}
    values["results"] = [Result(**result) for result in values["results"]]
    values["error"] = TomaatError.from_json(values["error"]) if values["error"] else None
    return Job(**values)
