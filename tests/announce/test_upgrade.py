"""The database comes to this version by itself, and loses nothing on the way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, select, text

from tomaat.database.engine import open_engine
from tomaat.database.upgrade import upgrade
from tomaat.errors import SettingsError
from tomaat_announce.migrations import MIGRATIONS
from tomaat_announce.tables import KEYS, Base

ROW = {"hash": "a" * 64, "owner": "me", "note": "", "created": 1.0}


def test_the_migrations_make_the_tables_of_the_code(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine, MIGRATIONS)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    engine.dispose()


def test_many_that_start_at_once_migrate_once(database_url: str) -> None:
    engines = [open_engine(database_url) for _ in range(4)]
    with ThreadPoolExecutor(len(engines)) as threads:
        list(threads.map(lambda engine: upgrade(engine, MIGRATIONS), engines))
    with engines[0].connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM alembic_version")).scalar_one() == 1
    for engine in engines:
        engine.dispose()


def test_doing_it_again_keeps_what_is_there(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine, MIGRATIONS)
    with engine.begin() as connection:
        connection.execute(insert(KEYS).values(ROW))
    upgrade(engine, MIGRATIONS)
    with engine.connect() as connection:
        assert connection.execute(select(KEYS.c.owner)).scalars().all() == ["me"]
    engine.dispose()


def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    engine = open_engine(database_url)
    upgrade(engine, MIGRATIONS)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SettingsError, match="newer version"):
        upgrade(engine, MIGRATIONS)
    engine.dispose()


def test_a_database_that_does_not_come_is_said() -> None:
    engine = open_engine("postgresql://nobody@127.0.0.1:9/none")
    with pytest.raises(SettingsError, match=r"can't be used: .*refused"):
        upgrade(engine, MIGRATIONS, patience=0)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("annuncio", "can't be read"),
        ("postgresql://me:secret@db:port/announce", "can't be read"),
        ("mysql://me:secret@db/announce", "SQLite or PostgreSQL, not mysql"),
        ("sqlite://", "must be a file"),
        ("sqlite:///:memory:", "must be a file"),
    ],
)
def test_a_url_of_no_database_is_said(url: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as said:
        open_engine(url)
    assert "secret" not in said.value.detail


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "announce.db").write_bytes(b"This is a letter, and no database." * 100)
    with pytest.raises(SettingsError, match="can't be used"):
        upgrade(open_engine(f"sqlite:///{tmp_path / 'announce.db'}"), MIGRATIONS, patience=0)


def test_no_step_drops_anything() -> None:
    for step in ScriptDirectory.from_config(MIGRATIONS.config()).walk_revisions():
        assert "drop" not in Path(step.path).read_text(encoding="utf-8")
