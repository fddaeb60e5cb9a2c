"""The keys' table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base
from tomaat.keys.table import KeyColumns


class KeyRow(KeyColumns, Base):
    """A key to this host.

    :ivar prefix: how it begins, for its owner to recognise it by.
    :ivar apps: the names of the apps that it may use; ``*`` stands for all.
    :ivar weights: whether it may upload and remove weights of these apps.
    :ivar admin: whether it may do everything.
    :ivar last_used: when it was last seen, to some minutes.
    """

    __tablename__ = "keys"

    prefix: Mapped[str] = mapped_column(String(16))
    apps: Mapped[list[Any]]
    weights: Mapped[bool]
    admin: Mapped[bool]
    last_used: Mapped[float | None]
