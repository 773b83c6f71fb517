"""Who may: keys of machines. A key is kept as a hash."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    LargeBinary,
    Table,
    Text,
)

from services.core.tables.base import metadata

api_key = Table(
    "api_key",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("prefix", Text, nullable=False, unique=True, comment="the part that may be shown"),
    Column("hash", LargeBinary, nullable=False, comment="SHA-256 of the secret part, which has 256 random bits"),
    Column("name", Text, nullable=False),
    Column("division", Text, nullable=False, comment="its scope: this division and all below"),
    Column("rights", ARRAY(Text), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    CheckConstraint("rights <@ array['report', 'read', 'act'] and cardinality(rights) > 0", name="rights_are_known"),
)
