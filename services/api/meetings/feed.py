"""Meetings as an iCalendar feed (RFC 5545), for calendars that subscribe to it."""

from collections.abc import Iterable
from datetime import UTC
from typing import Final

from icalendar import Calendar, Event

from services.api.meetings.repository import MeetingRow
from services.core.clock import TIME_ZONE

MEDIA_TYPE: Final = "text/calendar; charset=utf-8"
_PRODUCT: Final = "-//rorc//meetings//ZH"


def feed_of(rows: Iterable[MeetingRow]) -> bytes:
    """The meetings as one calendar; the same meetings give the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for row in rows:
        calendar.add_component(_event_of(row))
    calendar.add_missing_timezones()
    written: bytes = calendar.to_ical()
    return written


def _event_of(row: MeetingRow) -> Event:
    event = Event()
    event.add("uid", row.uid.urn)
    event.add("sequence", row.sequence)
    # DTSTAMP of a published event is when it last changed (RFC 5545, 3.8.7.2), not when it was asked for.
    event.add("dtstamp", row.changed_at.astimezone(UTC))
    event.add("dtstart", row.starts_at.astimezone(TIME_ZONE))
    event.add("dtend", row.ends_at.astimezone(TIME_ZONE))
    event.add("summary", row.subject)
    event.add("description", "\n".join(f"{place}. {item}" for place, item in enumerate(row.agenda, start=1)))
    event.add("status", "CANCELLED" if row.state == "cancelled" else "CONFIRMED")
    for name, text in (("location", row.place), ("url", row.video_link), ("comment", row.reason)):
        if text is not None:
            event.add(name, text)
    return event
