"""Uploaded weights in the database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from tomaat.database import Base, Database
from tomaat.weights.blobs import Blobs
from tomaat.weights.stored import Source, StoredWeights
from tomaat.weights.tables import WeightsRow

TABLE = Base.metadata.tables[WeightsRow.__tablename__]


class WeightsRows:
    """The weights' table. Each method is one transaction, committed when it returns.

    :param blobs: where the files are.
    """

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def find(self, app: str) -> dict[str, StoredWeights]:
        """The uploaded weights of an app, by id. What has lost its file is not there."""
        found = await self._select(TABLE.c.app == app)
        present = await asyncio.to_thread(lambda: [weights for weights in found if weights.path.exists()])
        return {weights.id: weights for weights in present}

    async def get(self, app: str, weights_id: str) -> StoredWeights | None:
        """One of them, whether its file is there or not."""
        found = await self._select(TABLE.c.app == app, TABLE.c.id == weights_id)
        return found[0] if found else None

    async def use(self, path: Path) -> bool:
        """Whether any row is about this file."""
        sha256, _, format_ = path.name.partition(".")
        return bool(await self._select(TABLE.c.sha256 == sha256, TABLE.c.format == format_))

    async def put(self, weights: StoredWeights) -> None:
        """Write weights, in place of those that had their id."""
        row = {column.name: getattr(weights, column.name) for column in TABLE.columns}

        def replace(connection: Connection) -> None:
            connection.execute(_delete(weights.app, weights.id))
            connection.execute(insert(TABLE), row)

        await self._database.write(replace, synced=True)

    async def remove(self, app: str, weights_id: str) -> None:
        """Remove a row."""
        await self._database.write(lambda connection: connection.execute(_delete(app, weights_id)), synced=True)

    async def _select(self, *conditions: Any) -> list[StoredWeights]:
        query = select(TABLE).where(*conditions).order_by(TABLE.c.id)
        rows = await self._database.read(lambda connection: connection.execute(query).mappings().all())
        return [
            StoredWeights(**row, source=Source.STORE, path=self._blobs.path(row["sha256"], row["format"]))
            for row in rows
        ]


def _delete(app: str, weights_id: str) -> Any:
    return delete(TABLE).where(TABLE.c.app == app, TABLE.c.id == weights_id)
