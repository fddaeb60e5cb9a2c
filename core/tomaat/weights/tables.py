"""The weights' table."""

from __future__ import annotations

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from tomaat.database import Base


class WeightsRow(Base):
    """Weights that were uploaded for an app; their file is named by its digest. Times are seconds since 1970."""

    __tablename__ = "weights"

    app: Mapped[str] = mapped_column(String(64), primary_key=True)
    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    format: Mapped[str] = mapped_column(String(32))
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    created: Mapped[float]
