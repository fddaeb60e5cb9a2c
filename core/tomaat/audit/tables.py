"""The audit log's table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base


class AuditRow(Base):
    """Something that was done. ``time`` is in seconds since 1970; texts are empty where they do not apply."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    time: Mapped[float]
    action: Mapped[str] = mapped_column(String(32))
    caller: Mapped[str] = mapped_column(String(64))
    request: Mapped[str] = mapped_column(String(64))
    app: Mapped[str] = mapped_column(String(64))
    plugin: Mapped[str] = mapped_column(String(200))
    job: Mapped[str] = mapped_column(String(26))
    weights: Mapped[str] = mapped_column(String(64))
    inputs: Mapped[dict[str, Any]]
    outcome: Mapped[str] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
