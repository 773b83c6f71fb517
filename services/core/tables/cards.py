"""Red and yellow cards, and what happened to each."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    text,
)  # fmt: skip
from sqlalchemy.dialects.postgresql import JSONB

from services.core.tables.base import metadata

card = Table(
    "card",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("division", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("period", Text, nullable=False, comment="the period it was last judged by"),
    Column("raised_at", DateTime(timezone=True), nullable=False),
    Column("due_on", Date, nullable=False),
    Column(
        "evidence",
        JSONB,
        nullable=False,
        comment="rule, values, snapshot and submissions of the last judgement",
    ),
    CheckConstraint("colour in ('yellow', 'red')", name="colour_is_known"),
    CheckConstraint("status in ('raised', 'lifting_proposed', 'closed')", name="status_is_known"),
    # The same cause has one open card, whoever judges and however often.
    Index("uq_card_open_cause", "rule", "division", unique=True, postgresql_where=text("status <> 'closed'")),
    Index("ix_card_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)

card_event = Table(
    "card_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("card_id", BigInteger, ForeignKey("card.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("colour", Text, nullable=False),
    Column("evidence", JSONB, nullable=False),
    CheckConstraint(
        "event in ('raised', 'strengthened', 'eased', 'lifting_proposed', 'lifting_withdrawn')",
        name="event_is_known",
    ),
)
