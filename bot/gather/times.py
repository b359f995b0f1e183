"""When a source is looked at next: by arXiv's calendar, every hour, or later and later while it fails."""

from datetime import datetime, timedelta
from random import Random

from bot.sources.announcements import announced_by, next_announcement, readable_at
from bot.sources.backoff import pause_seconds

HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)
_GRACE = timedelta(minutes=15)  # after the lists are said to be out
_SPREAD_SECONDS = 900.0  # by chance, so that not everybody asks at once
_PATIENCE = timedelta(hours=6)  # after which a list that did not come is late: 06:00 in New York
_FIRST_SECONDS, _MOST_SECONDS = 600.0, 3_600.0  # between tries of a list that fails
_FEED_FIRST_SECONDS, _FEED_MOST_SECONDS = 3_600.0, 86_400.0


def next_list(now: datetime, rng: Random) -> datetime:
    """When the list of arXiv's next announcement is looked for."""
    coming = readable_at(next_announcement(announced_by(now)))
    return coming + _GRACE + timedelta(seconds=rng.uniform(0, _SPREAD_SECONDS))


def is_expected(now: datetime) -> bool:
    """Whether a list has to be there now: for a day from when it comes out. On weekends the lists are empty."""
    return now < readable_at(announced_by(now)) + _DAY


def is_late(now: datetime) -> bool:
    """Whether the list that is expected should long have come."""
    return now >= readable_at(announced_by(now)) + _PATIENCE


def in_an_hour(now: datetime, rng: Random) -> datetime:
    return now + HOUR + timedelta(seconds=rng.uniform(0, 120))


def after_failure(failures: int, now: datetime, rng: Random, wish: float | None, *, is_feed: bool) -> datetime:
    """Later after each failure in a row, and not before the source wishes."""
    first, most = (_FEED_FIRST_SECONDS, _FEED_MOST_SECONDS) if is_feed else (_FIRST_SECONDS, _MOST_SECONDS)
    return now + timedelta(seconds=max(wish or 0.0, pause_seconds(failures, rng, first, most)))
