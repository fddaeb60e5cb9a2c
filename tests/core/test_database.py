"""The host's database: an older one gets the columns that it lacks, and loses nothing."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tomaat.database import Database
from tomaat.jobs.job import JobState
from tomaat.jobs.store import JobStore
from tomaat.jobs.tables import JobRow

OLDER = """
CREATE TABLE jobs (
    id VARCHAR(26) NOT NULL, app VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, waited BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL, created FLOAT NOT NULL, started FLOAT, finished FLOAT, expires FLOAT,
    inputs JSON NOT NULL, formats JSON NOT NULL, results JSON NOT NULL, error JSON, timings JSON NOT NULL,
    provenance JSON NOT NULL, remark VARCHAR(10), PRIMARY KEY (id)
);
INSERT INTO jobs VALUES (
    '01AAAAAAAAAAAAAAAAAAAAAAAA', 'brain', 'queued', 0, 0, 1.5, NULL, NULL, NULL,
    '{"level": {"text": "1", "file": null, "sha256": null}}', '{}', '[]', NULL, '{}', '{}', 'mine'
);
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that a host of an earlier version wrote, with a column that nobody here knows."""
    with sqlite3.connect(tmp_path / "tomaat.db") as connection:
        connection.executescript(OLDER)
    return tmp_path / "tomaat.db"


async def test_an_older_database_gets_the_columns_that_it_lacks(path: Path) -> None:
    for _ in range(2):
        database = Database(f"sqlite:///{path}")
        (job,) = await JobStore(database).unfinished()
        database.close()
        assert (job.app, job.state, job.device, job.inputs["level"].text) == ("brain", JobState.QUEUED, "", "1")


async def test_nothing_is_dropped(path: Path) -> None:
    database = Database(f"sqlite:///{path}")
    database.table(JobRow)
    database.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT remark, device FROM jobs").fetchall() == [("mine", "")]


async def test_what_raises_writes_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.db'}")
    jobs = database.table(JobRow)
    row = {column.name: "" for column in jobs.columns} | {"waited": False, "attempts": 0, "created": 0.0}
    row |= dict.fromkeys(("started", "finished", "expires"), None)

    def write_and_fail(connection: object) -> None:
        connection.execute(jobs.insert(), row)  # type: ignore[attr-defined]
        raise ValueError("in the middle")

    with pytest.raises(ValueError, match="in the middle"):
        await database.write(write_and_fail)
    assert await database.read(lambda connection: connection.execute(jobs.select()).all()) == []
    database.close()
