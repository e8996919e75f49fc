"""What people say that printed lines read, in a table of its own: everything older stays as it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "corrections",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("package", sa.Text, nullable=False),
        sa.Column("view", sa.Text, nullable=False),
        sa.Column("line", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=True),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read", sa.Text, nullable=False),
        sa.Column("picture", sa.Text, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_corrections_package", "corrections", ["dataset", "package"])
