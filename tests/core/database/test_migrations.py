"""The host's database comes to this version by itself, whoever made it, and loses nothing on the way."""

from __future__ import annotations

import importlib
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

import tomaat
from tomaat.database import Base, Database
from tomaat.database.engine import open_engine
from tomaat.database.newest import statements, tables_of
from tomaat.database.upgrade import HOST, Migrations, run_steps, upgrade
from tomaat.errors import SettingsError
from tomaat.jobs.job import Job, JobState
from tomaat.jobs.store import JobStore
from tomaat_announce.migrations import MIGRATIONS

for source in Path(tomaat.__file__).parent.rglob("*.py"):
    if "__tablename__" in source.read_text(encoding="utf-8"):  # so that the comparison knows of all tables
        importlib.import_module(".".join(source.relative_to(Path(tomaat.__file__).parents[1]).with_suffix("").parts))

OLDER = """
CREATE TABLE jobs (
    id VARCHAR(26) NOT NULL, app VARCHAR(64) NOT NULL, state VARCHAR(16) NOT NULL, waited BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL, created {double} NOT NULL, started {double}, finished {double}, expires {double},
    inputs JSON NOT NULL, formats JSON NOT NULL, results JSON NOT NULL, error JSON, timings JSON NOT NULL,
    provenance JSON NOT NULL, remark VARCHAR(10){columns}, PRIMARY KEY (id)
);
CREATE INDEX ix_jobs_app ON jobs (app);
INSERT INTO jobs VALUES (
    '01AAAAAAAAAAAAAAAAAAAAAAAA', 'brain', 'queued', false, 0, 1.5, NULL, NULL, NULL,
    '{{"level": {{"text": "1", "file": null, "sha256": null}}}}', '{{}}', '[]', NULL, '{{}}', '{{}}', 'mine'{values}
);
"""
"""What hosts wrote before there were steps, with a column that nobody here knows."""
DEVICE = ", device VARCHAR(16) NOT NULL DEFAULT ''"
OWNER = (
    ", owner VARCHAR(64) NOT NULL DEFAULT '', request VARCHAR(64) NOT NULL DEFAULT '', "
    "idempotency VARCHAR(128) NOT NULL DEFAULT ''"
)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = open_engine(database_url)
    yield engine
    engine.dispose()


def differences(engine: Engine) -> list[object]:
    """What the code's tables have that the database has not, and the other way round."""
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Base.metadata)
    return [one for one in found if "remark" not in str(one)]


def test_the_steps_make_the_tables_of_the_code(engine: Engine) -> None:
    with engine.begin() as connection:
        run_steps(connection, HOST)
    assert differences(engine) == []


@pytest.mark.parametrize("migrations", [HOST, MIGRATIONS], ids=lambda one: one.package)
def test_a_new_database_is_what_the_steps_would_make(migrations: Migrations, tmp_path: Path) -> None:
    stepped, new = (open_engine(f"sqlite:///{tmp_path / name}") for name in ("stepped.db", "new.db"))
    with stepped.begin() as connection:
        run_steps(connection, migrations)
        made = tables_of(connection)
    upgrade(new, migrations)
    with new.begin() as connection:
        assert tables_of(connection) == made
    assert statements(migrations.package) == made, f"run python -m tomaat.migrations {migrations.package}"
    for engine in (stepped, new):
        engine.dispose()


def test_a_new_database_needs_no_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    code = f"import sys, tomaat.database as ours; ours.Database({url!r}).close(); print('alembic' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout == "False\n"


@pytest.mark.parametrize(("columns", "values"), [("", ""), (DEVICE, ", ''"), (DEVICE + OWNER, ", '', '', '', ''")])
async def test_a_database_from_before_there_were_steps_is_taken_over(
    engine: Engine, database_url: str, columns: str, values: str
) -> None:
    double = "DOUBLE" if engine.dialect.name == "sqlite" else "DOUBLE PRECISION"
    with engine.begin() as connection:
        for statement in OLDER.format(columns=columns, values=values, double=double).split(";")[:-1]:
            connection.exec_driver_sql(statement)
    for _ in range(2):
        database = Database(database_url)
        (job,) = await JobStore(database).unfinished()
        database.close()
        assert (job.app, job.state, job.device, job.owner) == ("brain", JobState.QUEUED, "", "")
        assert job.inputs["level"].text == "1"
    assert differences(engine) == []
    with engine.connect() as connection:
        assert connection.execute(text("SELECT remark FROM jobs")).scalars().all() == ["mine"]


def test_many_that_start_at_once_migrate_once(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        list(threads.map(lambda engine: upgrade(engine, HOST), engines))
    with engines[0].connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    for engine in engines:
        engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(engine: Engine, database_url: str) -> None:
    upgrade(engine, HOST)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer version of the host"):
        Database(database_url)


def test_the_names_of_the_steps_say_their_order() -> None:
    scripts = ScriptDirectory.from_config(HOST.config())
    assert [script.revision for script in scripts.walk_revisions()][::-1] == HOST.revisions()


def test_no_step_drops_anything() -> None:
    for step in ScriptDirectory.from_config(HOST.config()).walk_revisions():
        assert "drop_" not in Path(step.path).read_text(encoding="utf-8")


async def test_what_raises_writes_nothing(database_url: str) -> None:
    database = Database(database_url)
    store = JobStore(database)

    def write_and_fail(connection: object) -> None:
        connection.execute(text("DELETE FROM jobs"))  # type: ignore[attr-defined]
        raise ValueError("in the middle")

    await store.add(Job("01AAAAAAAAAAAAAAAAAAAAAAAA", "brain", created=1.0))
    with pytest.raises(ValueError, match="in the middle"):
        await database.write(write_and_fail)
    assert len(await store.ids()) == 1
    database.close()


def test_a_new_database_file_is_for_its_user_alone(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'tomaat.db'}")
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "tomaat.db": 0o600,
        "tomaat.db-wal": 0o600,
        "tomaat.db-shm": 0o600,
    }
    database.close()


def test_a_file_that_is_no_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tomaat.db"
    content = b"This is a letter, and no database." * 100
    path.write_bytes(content)
    with pytest.raises(SettingsError, match="can't be used") as said:
        Database(f"sqlite:///{path}")
    assert "backup" in said.value.detail
    assert path.read_bytes() == content


def test_a_damaged_database_is_said_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "tomaat.db"
    Database(f"sqlite:///{path}").close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    content = bytearray(path.read_bytes())
    content[100:600] = bytes(500)
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=r"can't be used.*backup"):
        Database(f"sqlite:///{path}")
    assert path.exists()
