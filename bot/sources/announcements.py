"""arXiv's calendar: when it announces, which announcement can be read by a given time, which days it takes off."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Calendar:
    zone: ZoneInfo
    announced: time
    evenings: frozenset[int]
    deadline: time
    feed_built_after: timedelta
    days_off: frozenset[date]


def announcement_before(instant: datetime) -> datetime:
    """The latest announcement at or before `instant`, both aware; UTC comes back."""
    day = _local(instant)
    while not is_announced_on(day.date()) or _evening(day.date()) > instant:
        day -= _DAY
    return _evening(day.date())


def next_announcement(after: datetime) -> datetime:
    """The first announcement later than `after`."""
    day = _local(after).date()
    while not is_announced_on(day) or _evening(day) <= after:
        day += _DAY
    return _evening(day)


def announced_by(instant: datetime) -> datetime:
    """The latest announcement that a feed carried by `instant`: what a digest at that time can tell of.

    The feeds are built some hours after the announcement, at about midnight in New York: at 09:00 in Berlin they carry
    the evening before; at 09:00 in Tokyo not yet, and the one before that comes back.
    """
    return announcement_before(instant - _calendar().feed_built_after)


def readable_at(announcement: datetime) -> datetime:
    """From when on the feeds carry it."""
    return announcement + _calendar().feed_built_after


def evening_before(instant: datetime) -> datetime:
    """The latest hour of announcements at or before `instant`, on whatever day: for what was announced all the same."""
    today = _evening(_local(instant).date())
    return today if today <= instant else _evening(_local(instant).date() - _DAY)


def announcement_of(submitted: datetime) -> datetime:
    """The announcement in which a paper submitted then appears, if moderators let it pass at once."""
    local = _local(submitted)
    day = local.date() + (_DAY if local.time() >= _calendar().deadline else timedelta())
    while day.weekday() in (5, 6):  # nobody works on what comes in on a weekend
        day += _DAY
    return next_announcement(_evening(day) - timedelta(seconds=1))


def is_announced_on(day: date) -> bool:
    """Whether there is an announcement in the evening of `day`, a date in New York."""
    return day.weekday() in _calendar().evenings and not is_day_off(day)


def is_day_off(day: date) -> bool:
    """Whether arXiv takes `day` off, beyond its free evenings of every week."""
    return day in _calendar().days_off


def _local(instant: datetime) -> datetime:
    return instant.astimezone(_calendar().zone)


def _evening(day: date) -> datetime:
    return datetime.combine(day, _calendar().announced, _calendar().zone).astimezone(UTC)


@cache
def _calendar() -> _Calendar:
    said = tomllib.loads(Path(__file__).with_name("calendar.toml").read_text(encoding="utf-8"))
    return _Calendar(
        ZoneInfo(said["zone"]),
        said["announced"],
        frozenset(map(_WEEKDAYS.index, said["evenings"])),
        said["deadline"],
        timedelta(hours=said["feed_built_after"]),
        frozenset(said["days_off"]),
    )
