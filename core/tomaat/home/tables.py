"""Which data folder a database belongs to."""

from __future__ import annotations

import time

from sqlalchemy import Connection, String, update
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base


class HomeRow(Base):
    """The data folder of the database's host; one row. Times are seconds since 1970.

    :ivar id: what the folder's file ``id`` holds.
    :ivar machine: where its host was first started.
    :ivar seen: when the host was last known to write.
    """

    __tablename__ = "homes"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    machine: Mapped[str] = mapped_column(String(255))
    created: Mapped[float]
    seen: Mapped[float]


TABLE = Base.metadata.tables[HomeRow.__tablename__]


def seen(connection: Connection) -> None:
    """Note that the host can write."""
    connection.execute(update(TABLE).values(seen=time.time()))
