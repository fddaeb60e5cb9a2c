"""A server's database: many readers, one writer that commits for many callers at once, and how it comes to this
version. The host and the announcement service each have one."""

from tomaat.database.base import Base
from tomaat.database.database import Database

__all__ = ["Base", "Database"]
