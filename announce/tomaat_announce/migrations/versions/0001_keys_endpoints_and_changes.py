"""Keys, endpoints and changes.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("endpoint", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_changes_at"), "changes", ["at"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=True),
        sa.Column("previous_until", sa.Double(), nullable=True),
        sa.Column("owner", sa.String(length=200), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("max_endpoints", sa.Integer(), nullable=True),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=True),
        sa.Column("revoked", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("hash"),
        sa.UniqueConstraint("previous_hash"),
    )
    op.create_table(
        "endpoints",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sid", sa.String(length=16), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("prediction_url", sa.String(length=2000), nullable=False),
        sa.Column("interface_url", sa.String(length=2000), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False),
        sa.Column("modality", sa.String(length=200), nullable=False),
        sa.Column("anatomy", sa.String(length=200), nullable=False),
        sa.Column("task", sa.String(length=200), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.Column("modality_folded", sa.String(length=400), nullable=False),
        sa.Column("anatomy_folded", sa.String(length=400), nullable=False),
        sa.Column("task_folded", sa.String(length=400), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.Double(), nullable=False),
        sa.Column("announced", sa.Double(), nullable=False),
        sa.Column("last_seen", sa.Double(), nullable=False),
        sa.Column("expires", sa.Double(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_since", sa.Double(), nullable=True),
        sa.Column("next_check", sa.Double(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["key_id"],
            ["keys.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("key_id", "prediction_url"),
        sa.UniqueConstraint("sid"),
    )
    op.create_index("ix_endpoints_anatomy", "endpoints", ["listed", "anatomy_folded", "id"], unique=False)
    op.create_index("ix_endpoints_expires", "endpoints", ["listed", "expires"], unique=False)
    op.create_index("ix_endpoints_listed", "endpoints", ["listed", "id"], unique=False)
    op.create_index("ix_endpoints_modality", "endpoints", ["listed", "modality_folded", "id"], unique=False)
    op.create_index("ix_endpoints_next_check", "endpoints", ["listed", "next_check"], unique=False)
    op.create_index("ix_endpoints_task", "endpoints", ["listed", "task_folded", "id"], unique=False)
