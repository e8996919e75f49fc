"""An annotation may replace several, so that what two people saved at the same time can be brought together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Move what each annotation replaces into a table of its own."""
    op.create_table(
        "replaced",
        sa.Column("annotation", sa.String(32), sa.ForeignKey("annotations.id"), primary_key=True),
        sa.Column("old", sa.String(32), sa.ForeignKey("annotations.id"), primary_key=True),
    )
    op.create_index("ix_replaced_old", "replaced", ["old"])
    op.execute("INSERT INTO replaced (annotation, old) SELECT id, replaces FROM annotations WHERE replaces IS NOT NULL")
    op.drop_column("annotations", "replaces")
