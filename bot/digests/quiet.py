"""The one line of a day without picks: what was looked at, and what came nearest."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.digests.selection import Look
from bot.model import Follow
from bot.sources import announcements
from bot.text import human_list, plural, weekday_and_day


def line(follows: Sequence[Follow], found: Look, since: datetime, now: datetime, zone: str) -> str:
    """Why there is nothing, in a sentence or two."""
    names = human_list([follow.name for follow in follows])
    if found.looked_at:
        looked_at = f"of {plural(found.looked_at, 'new paper')}, none fits"
        return f"Nothing new for {names} today: {looked_at}. {found.nearest_line}".strip()
    if announcements.announced_by(now) <= announcements.announced_by(since):
        coming = announcements.readable_at(announcements.next_announcement(announcements.announced_by(now)))
        there = coming.astimezone(ZoneInfo(zone))
        return f"No arXiv announcement since the last digest. Next one: {weekday_and_day(there.date())}."
    return f"Nothing new for {names} today: no paper has come in since the last digest."
