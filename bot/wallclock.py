"""The clock on a channel's wall: when a schedule comes next, whatever summer time does to the day."""

import calendar
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.model import Schedule

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAYS, EVERY_DAY = (0, 1, 2, 3, 4), tuple(range(7))
_LOOK_AHEAD = 63  # days: the 31st comes at least once in two months, and a day may be missing altogether


def next_due(schedule: Schedule, zone: str, after: datetime) -> datetime:
    """The first instant after `after`, aware UTC, at which the schedule comes."""
    return next(due for due in _occurrences(schedule, zone, after) if due > after)


def missed(schedule: Schedule, zone: str, first: datetime, now: datetime) -> tuple[datetime, ...]:
    """The instants from `first`, which is one of them, up to now; at most those of two months."""
    later = (due for due in _occurrences(schedule, zone, first) if first < due <= now)
    return (first, *later)


def instant_of(day: date, local_time: time, zone: str) -> datetime | None:
    """When the wall shows that time on that day, aware UTC; none where the zone skips the whole day.

    A time that comes twice is meant at its first coming; one that is skipped, at the first instant after the gap, which
    is the next day's where the gap ends at midnight (Nuuk).
    """
    midnight, wall = (_instant(datetime.combine(day, at, ZoneInfo(zone))) for at in (time.min, local_time))
    return wall if local_day(midnight, zone) == day else None


def local_day(instant: datetime, zone: str) -> date:
    return instant.astimezone(ZoneInfo(zone)).date()


def day_of(schedule: Schedule, zone: str, due: datetime) -> date:
    """The day that the schedule means at `due`, an instant at which it comes."""
    day = local_day(due, zone)
    return day if instant_of(day, schedule.local_time, zone) == due else day - timedelta(days=1)


def _occurrences(schedule: Schedule, zone: str, after: datetime) -> Iterator[datetime]:
    first = local_day(after, zone)
    for day in (first + timedelta(days=n) for n in range(_LOOK_AHEAD)):
        if _falls_on(schedule, day) and (due := instant_of(day, schedule.local_time, zone)):
            yield due


def _falls_on(schedule: Schedule, day: date) -> bool:
    if schedule.kind != "monthly":
        return day.weekday() in schedule.days
    last = calendar.monthrange(day.year, day.month)[1]
    return day.day in {min(wanted, last) for wanted in schedule.days}


def _instant(wall: datetime) -> datetime:
    found = wall.astimezone(UTC)
    is_skipped = found.astimezone(wall.tzinfo).replace(tzinfo=None) != wall.replace(tzinfo=None)
    return _after_gap(wall) if is_skipped else found


def _after_gap(wall: datetime) -> datetime:
    """The first instant after the gap that swallows this time, found to the second between the two readings of it."""
    before, after = wall.replace(fold=1).astimezone(UTC), wall.astimezone(UTC)
    offset = after.astimezone(wall.tzinfo).utcoffset()
    seconds = int((after - before).total_seconds())
    low, high = 0, seconds
    while low < high:
        middle = (low + high) // 2
        if (before + timedelta(seconds=middle)).astimezone(wall.tzinfo).utcoffset() == offset:
            high = middle
        else:
            low = middle + 1
    return before + timedelta(seconds=low)
