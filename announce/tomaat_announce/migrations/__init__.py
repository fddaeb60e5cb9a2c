"""How the database came to be what it is, step by step. A step adds; none drops what people have stored."""

from tomaat.database.upgrade import Migrations

MIGRATIONS = Migrations("tomaat_announce.migrations", "announcement service", 7_466_228)
"""The service's own; it has its own number, too, since a host may share its PostgreSQL server."""
