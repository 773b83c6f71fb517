"""The register of divisions: who is below whom, from when to when."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    UniqueConstraint,
)  # fmt: skip

from services.core.tables.base import metadata

division = Table(
    "division",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("scheme", Text, nullable=False, comment="whose codes: nbs, the National Bureau of Statistics"),
    Column("code", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("kind", Text, comment="at village level: village or community"),
    Column("parent_id", BigInteger, ForeignKey("division.id")),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date, comment="the first day it is no more; null while it is"),
    Column("successor_id", BigInteger, ForeignKey("division.id"), comment="what it became"),
    UniqueConstraint("scheme", "code", "valid_from"),
    CheckConstraint("code ~ '^[0-9]{12}$'", name="code_has_12_digits"),
    CheckConstraint("level in ('province', 'city', 'county', 'township', 'village')", name="level_is_known"),
    CheckConstraint("valid_to is null or valid_to > valid_from", name="validity_is_an_interval"),
    Index("ix_division_parent_id", "parent_id"),
)
