"""Now and today in Asia/Shanghai: the only place that asks the machine."""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

TIME_ZONE: Final = ZoneInfo("Asia/Shanghai")


class Clock:
    """The machine's time, or one that starts at `start` and runs on from there."""

    def __init__(self, start: datetime | None = None) -> None:
        self._shift = timedelta(0) if start is None else _zoned(start) - datetime.now(TIME_ZONE)

    def now(self) -> datetime:
        """The present moment, in Asia/Shanghai."""
        return datetime.now(TIME_ZONE) + self._shift

    def today(self) -> date:
        """The present day in Asia/Shanghai."""
        return self.now().date()


class SteppedClock(Clock):
    """A clock that stands still until it is set; for simulations and tests."""

    def __init__(self, moment: datetime) -> None:
        self.moment = _zoned(moment)

    def now(self) -> datetime:
        """The moment it was last set to."""
        return self.moment

    def set(self, moment: datetime) -> None:
        """Move to `moment`; it may lie in the past."""
        self.moment = _zoned(moment)


def _zoned(moment: datetime) -> datetime:
    return moment.replace(tzinfo=TIME_ZONE) if moment.tzinfo is None else moment.astimezone(TIME_ZONE)
