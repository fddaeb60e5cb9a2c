"""The base of the host's tables."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import JSON, Double
from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """All tables of the host. What is added here needs a step in ``tomaat/migrations/versions``, too."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON, list[Any]: JSON, float: Double}
