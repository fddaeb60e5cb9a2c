"""What Alembic runs: the steps, on the connection that :mod:`tomaat.database.upgrade` gives."""

from alembic import context

from tomaat.database.table_base import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
