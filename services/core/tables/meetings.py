"""Meetings: planned, held or cancelled; who was invited and came, and what is to follow."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)  # fmt: skip

from services.core.tables.base import metadata, transaction_id

meeting = Table(
    "meeting",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("uid", Uuid, nullable=False, comment="what calendars know it by"),
    Column("kind", Text, nullable=False),
    Column("holder", Text, nullable=False, comment="the division that holds it"),
    Column("period", Text, nullable=False, comment="the period that it counts for"),
    Column("subject", Text, nullable=False),
    Column("agenda", ARRAY(Text), nullable=False, comment="in the order of the meeting"),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("place", Text),
    Column("video_link", Text),
    Column("state", Text, nullable=False),
    Column("minutes", Text, comment="of a meeting that was held"),
    Column("reason", Text, comment="why it was cancelled"),
    Column("sequence", Integer, nullable=False, comment="how often calendars had to take note of a change"),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Column("version", Integer, nullable=False, comment="how many steps it has taken"),
    transaction_id(),
    UniqueConstraint("uid"),
    CheckConstraint(
        "kind in ('work_meeting', 'quarterly_analysis', 'video_meeting', 'committee_study')", name="kind_is_known"
    ),
    CheckConstraint("state in ('planned', 'held', 'cancelled')", name="state_is_known"),
    CheckConstraint("ends_at > starts_at", name="ends_after_its_start"),
    CheckConstraint("video_link ~ '^https://'", name="video_link_is_https"),
    CheckConstraint("(state = 'held') = (minutes is not null)", name="minutes_when_held"),
    CheckConstraint("(state = 'cancelled') = (reason is not null)", name="reason_when_cancelled"),
    Index("ix_meeting_holder", "holder", postgresql_ops={"holder": "text_pattern_ops"}),
    Index("ix_meeting_starts_at", "starts_at"),
    Index("ix_meeting_transaction_id", "transaction_id"),
)

meeting_invitation = Table(
    "meeting_invitation",
    metadata,
    Column("meeting_id", BigInteger, ForeignKey("meeting.id"), primary_key=True),
    Column("division", Text, primary_key=True),
    Column("attendance", Text, comment="null until the meeting is held"),
    Column("posts", ARRAY(Text), comment="which posts came; never names"),
    CheckConstraint("attendance in ('present', 'absent', 'excused')", name="attendance_is_known"),
    Index("ix_meeting_invitation_division", "division", postgresql_ops={"division": "text_pattern_ops"}),
)

meeting_follow_up = Table(
    "meeting_follow_up",
    metadata,
    Column("meeting_id", BigInteger, ForeignKey("meeting.id"), primary_key=True),
    Column("number", Integer, primary_key=True, comment="its place among those of the meeting, from 1"),
    Column("text", Text, nullable=False),
    Column("division", Text, nullable=False, comment="who is responsible"),
    Column("due_on", Date, nullable=False),
    Column("done_at", DateTime(timezone=True)),
)

meeting_event = Table(
    "meeting_event",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("meeting_id", BigInteger, ForeignKey("meeting.id"), nullable=False, index=True),
    Column("event", Text, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("acted_by", Text, nullable=False, comment="in whose name: a key may act for those below"),
    Column("key_id", BigInteger, ForeignKey("api_key.id"), nullable=False),
    Column("text", Text, comment="the reason, the minutes, or what was done"),
    Column("starts_at", DateTime(timezone=True), comment="when planned or moved: the start from then on"),
    Column("ends_at", DateTime(timezone=True), comment="when planned or moved: the end from then on"),
    Column("follow_up", Integer, comment="which follow-up was done"),
    CheckConstraint("event in ('planned', 'moved', 'held', 'cancelled', 'follow_up_done')", name="event_is_known"),
)
