"""Business days: a restaurant's day begins when the last guests have gone, on its own clock.

With a beginning at 04:00 in Zurich, the day 2026-11-21 is from 03:00 UTC that day to 03:00 UTC the next.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

__all__ = ["Calendar", "Day"]

ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One business day, from ``start`` until before ``end``."""

    date: date
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the days of a house begin: so many minutes after midnight in its time zone. An unknown zone is UTC."""

    timezone: str
    starts_minutes: int

    @property
    def zone(self) -> ZoneInfo:
        """The clock on the wall."""
        try:
            return ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            return ZoneInfo("UTC")

    def day(self, named: date) -> Day:
        """The business day of this date; where clocks change it has 23 or 25 hours."""
        return Day(named, self._start(named), self._start(named + ONE))

    def day_of(self, moment: datetime) -> Day:
        """The business day that a moment belongs to."""
        local = moment.astimezone(self.zone)
        named = local.date() if local.time() >= self._time else local.date() - ONE
        return self.day(named)

    def days(self, first: date, last: date) -> list[Day]:
        """All days from the first to the last."""
        return [self.day(first + ONE * number) for number in range((last - first).days + 1)]

    @property
    def _time(self) -> time:
        return time(*divmod(self.starts_minutes, 60))

    def _start(self, named: date) -> datetime:
        return datetime.combine(named, self._time, self.zone).astimezone(UTC)
