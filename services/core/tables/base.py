"""What all tables share: one metadata, and names for constraints that a problem can be told from."""

from sqlalchemy import Column, MetaData, text
from sqlalchemy.dialects.postgresql import BIGINT

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def transaction_id() -> Column[int]:
    """Which transaction last wrote a row that changes; every update through SQLAlchemy sets it anew."""
    present = text("(pg_current_xact_id()::text)::bigint")
    return Column(
        "transaction_id", BIGINT, nullable=False, server_default=present, onupdate=present,
        comment="which transaction last wrote it: what analytics reads on from",
    )  # fmt: skip
