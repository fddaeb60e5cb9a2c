"""A server's database: many readers, one writer that commits for many callers at once, and how it comes to this
version. The host and the announcement service each have one."""

from tomaat.database.database import Database
from tomaat.database.table_base import Base

__all__ = ["Base", "Database"]
