"""Moments in Asia/Shanghai."""

from datetime import datetime

from services.core.clock import TIME_ZONE


def at(text: str) -> datetime:
    """`2021-11-05 09:00` as a moment."""
    return datetime.fromisoformat(text).replace(tzinfo=TIME_ZONE)
