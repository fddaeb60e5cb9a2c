"""Who sent a job, in which request, and under which idempotency key; and which data folder a database belongs to.

Some hosts before step 0001 added these columns by themselves.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    present = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("jobs")}
    for name, length in (("owner", 64), ("request", 64), ("idempotency", 128)):
        if name not in present:
            op.add_column("jobs", sa.Column(name, sa.String(length=length), server_default="", nullable=False))
    named = sa.text("idempotency != ''")
    op.create_index(
        "ix_jobs_idempotency",
        "jobs",
        ["owner", "app", "idempotency"],
        unique=True,
        sqlite_where=named,
        postgresql_where=named,
    )
    op.create_table(
        "homes",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("machine", sa.String(length=255), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
