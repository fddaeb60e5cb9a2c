"""Entries about what has no transaction of its own, or none that a client waits for."""

from __future__ import annotations

import asyncio

from tomaat.audit.chain import append
from tomaat.audit.entry import Entry
from tomaat.database import Database

GATHER = 0.1
"""Seconds for which entries are gathered, so that many at once cost little more than one."""


class Journal:
    """Writes entries to the audit log."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._gathered: list[Entry] = []
        self._writing: asyncio.Task[None] | None = None

    async def write(self, *entries: Entry) -> None:
        """Add entries; when this returns, no power cut can lose them."""
        await self._database.write(lambda connection: append(connection, *entries))

    def write_soon(self, entry: Entry) -> None:
        """Add an entry in a moment: nobody waits for it."""
        self._gathered.append(entry)
        if self._writing is None:
            self._writing = asyncio.create_task(self._write_gathered())

    async def stop(self) -> None:
        """Write what is still gathered."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)
        await self._flush()

    async def _write_gathered(self) -> None:
        await asyncio.sleep(GATHER)
        self._writing = None
        await self._flush()

    async def _flush(self) -> None:
        entries, self._gathered = self._gathered, []
        if not entries:
            return
        await self._database.write_surely(lambda connection: append(connection, *entries), synced=False)
