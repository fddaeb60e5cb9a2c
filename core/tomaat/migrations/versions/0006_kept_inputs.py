"""Whether what was sent with a job is kept as long as its results.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("keep_inputs", sa.Boolean(), server_default=sa.false(), nullable=False))
