"""Annotations, the views that were looked at, and the areas marked in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "annotations",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(32), nullable=False, unique=True),
        sa.Column("dataset", sa.Text, nullable=False),
        sa.Column("package", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("annotator", sa.Text, nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("replaces", sa.String(32), nullable=True),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_annotations_package", "annotations", ["dataset", "package"])
    op.create_index("ix_annotations_annotator", "annotations", ["annotator"])
    op.create_table(
        "looked",
        sa.Column("annotation", sa.String(32), sa.ForeignKey("annotations.id"), primary_key=True),
        sa.Column("view", sa.Text, primary_key=True),
        sa.Column("picture", sa.Text, nullable=False),
    )
    op.create_table(
        "regions",
        sa.Column("annotation", sa.String(32), sa.ForeignKey("annotations.id"), primary_key=True),
        sa.Column("view", sa.Text, primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("shape", sa.JSON, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("severity", sa.Float, nullable=True),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("origin", sa.Text, nullable=False),
    )
