"""The tables in Postgres, one file a subject. Migrations create them; a test holds the two together."""

from services.core.tables import accounts, cards, divisions, meetings, orders, submissions
from services.core.tables.base import metadata

__all__ = [
    "REVISION", "accounts", "cards", "divisions", "meetings", "metadata", "orders", "submissions",
]  # fmt: skip

REVISION = "0008"
"""The migration that these tables stand at; a test holds it to the newest one."""
