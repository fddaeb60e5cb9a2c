"""Jobs in the database: what was acknowledged is on disk, and survives a kill of the host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson
from sqlalchemy import Engine, Row, bindparam, create_engine, delete, event, insert, select, update
from sqlalchemy.engine import make_url

from tomaat.errors import TomaatError
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.tables import Base, JobRow
from tomaat.workers.work import Received, Result

T = TypeVar("T")
TABLE = Base.metadata.tables[JobRow.__tablename__]
COLUMNS = tuple(column.name for column in TABLE.columns)

# Built once: putting a statement together costs more than running it.
INSERT = insert(TABLE)
UPDATE = update(TABLE).where(TABLE.c.id == bindparam("key"))
DELETE = delete(TABLE).where(TABLE.c.id == bindparam("key"))


class JobStore:
    """The jobs' table. Each method is one transaction, committed when it returns.

    One thread does all the work, in order: SQLite has one writer anyway, and the event loop never waits for a disk.

    What was acknowledged must outlive a power cut, so that its commit is synced to the disk. A job whose client waits
    on the line was not: power cut or crash, the client knows at once; its commits only survive a crash of the host.
    """

    def __init__(self, url: str) -> None:
        self._engine = _open(url, synchronous="FULL")
        self._unsynced = _open(url, synchronous="NORMAL")
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="job-store")
        Base.metadata.create_all(self._engine)

    async def add(self, job: Job) -> None:
        """Write a new job."""
        row = _row(job)
        await self._run(lambda: self._execute(INSERT, row, synced=not job.waited))

    async def save(self, job: Job) -> None:
        """Write what has become of a job. A job that was forgotten meanwhile stays forgotten."""
        row = _row(job) | {"key": job.id}
        await self._run(lambda: self._execute(UPDATE, row, synced=not job.waited))

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
        return set(await self._run(lambda: self._scalars(select(TABLE.c.id))))

    async def forget(self, job_ids: Sequence[str]) -> None:
        """Remove jobs' rows."""
        keys = [{"key": job_id} for job_id in job_ids]
        await self._run(lambda: self._execute(DELETE, keys))

    async def check(self) -> None:
        """Raise where the database can't be read."""
        await self._run(lambda: self._scalars(select(TABLE.c.id).limit(1)))

    def close(self) -> None:
        """Finish what is being written, then let go of the database."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()
        self._unsynced.dispose()

    async def _select(self, *conditions: Any, limit: int | None = None, newest_first: bool = False) -> list[Job]:
        order = TABLE.c.id.desc() if newest_first else TABLE.c.id
        query = select(TABLE).where(*conditions).order_by(order).limit(limit)

        def read() -> list[Job]:
            with self._engine.connect() as connection:
                return [_job(row) for row in connection.execute(query)]

        return await self._run(read)

    def _execute(self, statement: Any, values: dict[str, Any] | list[dict[str, Any]], *, synced: bool = False) -> None:
        with (self._engine if synced else self._unsynced).begin() as connection:
            connection.execute(statement, values)

    def _scalars(self, query: Any) -> Sequence[Any]:
        with self._engine.connect() as connection:
            return connection.execute(query).scalars().all()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _open(url: str, *, synchronous: str) -> Engine:
    engine = create_engine(
        url, json_serializer=lambda value: orjson.dumps(value).decode(), json_deserializer=orjson.loads
    )
    if make_url(url).get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def durable(connection: Any, record: Any) -> None:
            # WAL lets readers go on beside the writer. FULL syncs it at each commit, NORMAL now and then.
            for pragma in ("journal_mode=WAL", f"synchronous={synchronous}", "busy_timeout=10000", "secure_delete=ON"):
                connection.execute(f"PRAGMA {pragma}")

    return engine


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
