"""Who listens to changes is told of each once, however much it missed."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, insert

from tomaat.database import Database
from tomaat_announce.changes import LATE, Feed
from tomaat_announce.migrations import MIGRATIONS
from tomaat_announce.tables import CHANGES

MISSED = 3 * LATE


async def test_what_was_missed_need_not_be_remembered(tmp_path: Path) -> None:
    """Only the last few changes could be told twice, so that a listener costs no more after a day away."""
    database = Database(f"sqlite:///{tmp_path / 'announce.db'}", migrations=MIGRATIONS)

    def note(connection: Connection) -> None:
        connection.execute(insert(CHANGES), [{"at": 0.0, "kind": "gone", "endpoint": {}}] * MISSED)

    await database.write(note)
    feed = Feed(database)
    async with feed.listening() as listener:
        missed = [change.id async for change in feed.since(0)]
        assert len(missed) == MISSED
        assert listener.after == MISSED - LATE
        assert await listener.next(0.0) is None
    database.close()
