"""The jobs' table."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base


class JobRow(Base):
    """A job, as it survives a restart. Times are seconds since 1970."""

    __tablename__ = "jobs"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    app: Mapped[str] = mapped_column(String(64), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    waited: Mapped[bool]
    attempts: Mapped[int]
    created: Mapped[float]
    started: Mapped[float | None]
    finished: Mapped[float | None]
    expires: Mapped[float | None] = mapped_column(index=True)
    inputs: Mapped[dict[str, Any]]
    formats: Mapped[dict[str, Any]]
    results: Mapped[list[Any]]
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    timings: Mapped[dict[str, Any]]
    provenance: Mapped[dict[str, Any]]
    device: Mapped[str] = mapped_column(String(16), server_default="")
    owner: Mapped[str] = mapped_column(String(64), server_default="")
    request: Mapped[str] = mapped_column(String(64), server_default="")
    idempotency: Mapped[str] = mapped_column(String(128), server_default="")
    keep_inputs: Mapped[bool] = mapped_column(server_default=false())

    __table_args__ = (
        Index(
            "ix_jobs_idempotency",
            "owner",
            "app",
            "idempotency",
            unique=True,
            sqlite_where=text("idempotency != ''"),
            postgresql_where=text("idempotency != ''"),
        ),
    )
