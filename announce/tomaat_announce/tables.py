"""What the announcement service keeps: keys, endpoints, and what has changed. Times are seconds since 1970."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, Double, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from tomaat.keys.table import KeyColumns
from tomaat_announce.announcement import LONGEST_FOLDED

ALIVE, UNREACHABLE, UNKNOWN = STATES = ("alive", "unreachable", "unknown")
"""What is known of an endpoint since it was last asked."""


class Base(DeclarativeBase):
    """All tables. A change here needs a migration beside it; a test compares the two."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, float: Double}


class Key(KeyColumns, Base):
    """A key that may announce.

    :ivar max_endpoints: endpoints that it may have listed at once, any number when ``None``. With one, another
        prediction URL takes the place of the first, as in TOMAAT.
    """

    __tablename__ = "keys"

    max_endpoints: Mapped[int | None]


class Endpoint(Base):
    """An app of a host, as it was last announced.

    :ivar sid: its short name, random, the same for ever.
    :ivar page_url: its page for people; empty where its host has said none.
    :ivar search: all that a search looks in, in one case.
    :ivar announced: when it was last announced, or renewed.
    :ivar last_seen: when it was last announced, or answered a check.
    :ivar listed: whether it was neither withdrawn nor has expired. Set a little late when it expires, so that who asks
        compares ``expires`` as well.
    :ivar state: ``alive``, ``unreachable`` or ``unknown``, since ``state_since``.
    :ivar next_check: when its interface URL is to be asked next.
    :ivar failures: checks that failed in a row.
    """

    __tablename__ = "endpoints"
    __table_args__ = (
        UniqueConstraint("key_id", "prediction_url"),
        # The filters of /discover, each in the order of its pages.
        Index("ix_endpoints_modality", "listed", "modality_folded", "id"),
        Index("ix_endpoints_anatomy", "listed", "anatomy_folded", "id"),
        Index("ix_endpoints_task", "listed", "task_folded", "id"),
        Index("ix_endpoints_listed", "listed", "id"),
        Index("ix_endpoints_expires", "listed", "expires"),
        Index("ix_endpoints_next_check", "listed", "next_check"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    sid: Mapped[str] = mapped_column(String(16), unique=True)
    key_id: Mapped[int] = mapped_column(ForeignKey("keys.id"))
    prediction_url: Mapped[str] = mapped_column(String(2000))
    interface_url: Mapped[str] = mapped_column(String(2000))
    page_url: Mapped[str] = mapped_column(String(2000), server_default="")
    name: Mapped[str] = mapped_column(String(200))
    version: Mapped[str] = mapped_column(String(200))
    modality: Mapped[str] = mapped_column(String(200))
    anatomy: Mapped[str] = mapped_column(String(200))
    task: Mapped[str] = mapped_column(String(200))
    description: Mapped[str] = mapped_column(Text)
    card: Mapped[dict[str, Any]]
    modality_folded: Mapped[str] = mapped_column(String(LONGEST_FOLDED))
    anatomy_folded: Mapped[str] = mapped_column(String(LONGEST_FOLDED))
    task_folded: Mapped[str] = mapped_column(String(LONGEST_FOLDED))
    search: Mapped[str] = mapped_column(Text)
    first_seen: Mapped[float]
    announced: Mapped[float]
    last_seen: Mapped[float]
    expires: Mapped[float]
    listed: Mapped[bool]
    state: Mapped[str] = mapped_column(String(16))
    state_since: Mapped[float | None]
    next_check: Mapped[float]
    failures: Mapped[int]


class Change(Base):
    """Something that came, changed or went: what the event stream tells, in order.

    :ivar kind: ``appeared``, ``changed`` or ``gone``.
    :ivar endpoint: as it was shown then.
    """

    __tablename__ = "changes"
    # No number is given twice, also when old ones were removed: who listens goes by it.
    __table_args__ = ({"sqlite_autoincrement": True},)

    # SQLite counts rows by itself only in a column that is plainly INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    at: Mapped[float] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(16))
    endpoint: Mapped[dict[str, Any]]


KEYS = Base.metadata.tables["keys"]
ENDPOINTS = Base.metadata.tables["endpoints"]
CHANGES = Base.metadata.tables["changes"]
