"""The tables of what people say, as the newest migration leaves them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Utc(TypeDecorator[datetime]):
    """A point in time, kept and given back in UTC, also where the database knows no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; without its zone for SQLite, which would write it down wrongly."""
        if value is None:
            return None
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """From the database, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)  # type: ignore[no-any-return]


METADATA = MetaData()

ANNOTATIONS = Table(
    "annotations",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),  # the order in which they were added
    Column("id", String(32), nullable=False, unique=True),
    Column("dataset", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("annotator", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_annotations_package", "dataset", "package"),
    Index("ix_annotations_annotator", "annotator"),
    sqlite_autoincrement=True,
)

LOOKED = Table(  # one row a view that was looked at, with or without damage
    "looked",
    METADATA,
    Column("annotation", String(32), ForeignKey("annotations.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("picture", Text, nullable=False),
)

REGIONS = Table(
    "regions",
    METADATA,
    Column("annotation", String(32), ForeignKey("annotations.id"), primary_key=True),
    Column("view", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("shape", JSON, nullable=False),  # {"polygon": [[x, y], ...]} or {"size": [height, width], "counts": [...]}
    Column("kind", Text, nullable=False),
    Column("severity", Float, nullable=True),
    Column("note", Text, nullable=False),
    Column("origin", Text, nullable=False),
)

REPLACED = Table(  # `annotation` puts `old` aside
    "replaced",
    METADATA,
    Column("annotation", String(32), ForeignKey("annotations.id"), primary_key=True),
    Column("old", String(32), ForeignKey("annotations.id"), primary_key=True),
    Index("ix_replaced_old", "old"),
)

REVIEWS = Table(  # what others said of an annotation; the one with the highest number counts
    "reviews",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("annotation", String(32), ForeignKey("annotations.id"), nullable=False),
    Column("outcome", Text, nullable=False),
    Column("reviewer", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("note", Text, nullable=False),
    Index("ix_reviews_annotation", "annotation"),
    sqlite_autoincrement=True,
)

CORRECTIONS = Table(  # what people say that printed lines read; of a line the one with the highest number counts
    "corrections",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("id", String(32), nullable=False, unique=True),
    Column("dataset", Text, nullable=False),
    Column("package", Text, nullable=False),
    Column("view", Text, nullable=False),
    Column("line", Text, nullable=False),
    Column("text", Text, nullable=True),  # NULL takes back what was said before
    Column("author", Text, nullable=False),
    Column("made_at", Utc, nullable=False),
    Column("read", Text, nullable=False),
    Column("picture", Text, nullable=False),
    Index("ix_corrections_package", "dataset", "package"),
    sqlite_autoincrement=True,
)
