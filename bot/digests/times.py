"""When digests come, in words: the next one, all of a channel's, and what arXiv has announced by then."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot import wallclock
from bot.digests.slots import opening
from bot.digests.spoken import city, days_said
from bot.model import FOREVER, Channel, Schedule
from bot.sources import announcements
from bot.text import clock, weekday_and_day

_SLACK = timedelta(minutes=30)  # after a list can be read, until it surely has been
_WAIT = timedelta(hours=10)  # a list that comes later than this after a digest is the next day's


def said(schedule: Schedule) -> str:
    """`weekdays at 09:00`, `a round-up on Fridays at 16:00`."""
    days = days_said(schedule.kind, schedule.days)
    match schedule.kind:
        case "daily":
            return f"{days} at {clock(schedule.local_time)}"
        case "weekly":
            return f"a round-up of the week on {days} at {clock(schedule.local_time)}"
        case _:
            return f"a round-up of the month {days} at {clock(schedule.local_time)}"


def moment(instant: datetime, zone: str) -> str:
    """`Wed 25 Nov 09:00 (Berlin)`."""
    there = instant.astimezone(ZoneInfo(zone))
    return f"{weekday_and_day(there.date())} {clock(there)} ({city(zone)})"


def next_line(channel: Channel, schedules: Sequence[Schedule], now: datetime) -> str:
    """When the next digest comes, or why none does."""
    coming = coming_line(channel, schedules, now)
    if not schedules:
        return coming
    if channel.pause_reason:
        return f"Paused: {channel.pause_reason}."
    if channel.paused_until == FOREVER:
        return "Paused until somebody says /papers resume."
    if channel.paused_until and channel.paused_until > now:
        until = channel.paused_until.astimezone(ZoneInfo(channel.zone)).date()
        return f"Paused until {weekday_and_day(until)}. {coming}"
    return coming


def coming_line(channel: Channel, schedules: Sequence[Schedule], now: datetime) -> str:
    """When the next digest comes, nothing said of a pause."""
    due = min((one.next_due_at for one in schedules if one.next_due_at), default=None)
    if due is None:
        return "No digest is scheduled: /papers schedule 09:00 weekdays"
    due = max(due, now)
    return f"Next digest: {moment(opening(channel, due) or due, channel.zone)}."


def too_early(schedule: Schedule, zone: str, now: datetime) -> tuple[str, time] | None:
    """What to say where a daily digest comes shortly before the day's list, and the time that would carry it.

    None where the list of the day is out by then, or so much later that the next morning is the better time.
    """
    if schedule.kind != "daily":
        return None
    due = wallclock.next_due(schedule, zone, now)
    for _ in range(7):  # the first one on a day with a list
        coming = announcements.readable_at(announcements.next_announcement(announcements.announced_by(due)))
        if coming - due < _WAIT:
            there = coming.astimezone(ZoneInfo(zone))
            better = _half_hour(there + _SLACK)
            if there.date() != due.astimezone(ZoneInfo(zone)).date() or better <= schedule.local_time:
                return None
            line = (
                f"At {clock(schedule.local_time)} {city(zone)} the day's arXiv list isn't out yet "
                f"(about {clock(there)} now), so you'd get the one before."
            )
            return line, better
        due = wallclock.next_due(schedule, zone, due)
    return None


def carries(schedule: Schedule, zone: str, now: datetime) -> str:
    """Which announcement the next daily digest tells of."""
    due = wallclock.next_due(schedule, zone, now)
    announced = announcements.announced_by(due).astimezone(ZoneInfo(zone))
    return f"It tells of what arXiv announced by {weekday_and_day(announced.date())} {clock(announced)}."


def _half_hour(instant: datetime) -> time:
    minutes = -(-(instant.hour * 60 + instant.minute) // 30) * 30
    return (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)).time()
