"""What is to be done for a slot that has come: on time, late, missed altogether, outside the hours, held back."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import wallclock
from bot.model import Channel, DigestKind
from bot.store.due import Slot
from bot.text import clock, plural, weekday_and_day

LATE = timedelta(minutes=10)  # up to here nobody is told: a busy minute, a restart
TOO_LATE = timedelta(hours=6)  # from here on what was missed comes together
AWAY_SIZE = 10  # papers of a digest for days that were missed
ROUND_UP_SIZE = 10
PATIENCE = timedelta(days=7)  # for which papers wait until there are as many as a channel wants
LOOK_BACK = timedelta(days=8)  # how old a listing may be that comes in now: longer than a week between two digests
OVERLAP = timedelta(minutes=10)  # papers are dated when their batch begins, and seen when it is stored
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a slot is met. name: of the digest's slot. since: papers that came in after it are new there.

    size: papers at most. note: what is said of its time. postponed_to: nothing is to be done before then.
    """

    kind: DigestKind
    name: str
    day: date
    since: datetime
    size: int
    note: str
    next_due_at: datetime
    postponed_to: datetime | None = None

    @property
    def is_round_up(self) -> bool:
        return self.kind in ("weekly", "monthly")


def plan(slot: Slot, now: datetime) -> Plan:
    """How to meet the slot at `now`."""
    channel, schedule = slot.channel, slot.schedule
    zone = channel.zone
    due = wallclock.missed(schedule, zone, slot.due_at, now)
    day, today = wallclock.day_of(schedule, zone, due[-1]), wallclock.local_day(now, zone)
    next_due_at = wallclock.next_due(schedule, zone, now)
    postponed_to = opening(channel, now)
    if schedule.kind != "daily":
        since = now - (WEEK if schedule.kind == "weekly" else timedelta(days=31))
        name = f"{day} {schedule.kind}"
        return Plan(
            schedule.kind, name, day, since, ROUND_UP_SIZE, _late(due[-1], now, zone), next_due_at, postponed_to
        )
    if len(due) > 1 or now - due[-1] >= TOO_LATE:
        note = f"While I was away: {plural(len(due), 'digest')} could not come, the best of them are here."
        if wallclock.local_day(next_due_at, zone) == today:  # one message a day: what comes until then is tomorrow's
            next_due_at = wallclock.next_due(schedule, zone, next_due_at)
        return Plan("away", f"{today} away", today, _since(slot, now), AWAY_SIZE, note, next_due_at, postponed_to)
    note = _late(due[-1], now, zone)
    return Plan("daily", f"{day} daily", day, _since(slot, now), channel.size, note, next_due_at, postponed_to)


def is_held_back(channel: Channel, plan: Plan, count: int, now: datetime) -> bool:
    """Whether so few papers wait for the next digest, as the channel wants it."""
    return plan.kind == "daily" and 0 < count < channel.least and now - plan.since < PATIENCE


def _since(slot: Slot, now: datetime) -> datetime:
    """Since the last digest, or since the first of what is followed now was: following never brings old papers."""
    first = min((follow.added_at for follow in slot.follows if follow.added_at), default=now)
    looked_until = slot.channel.looked_until
    return max(looked_until - OVERLAP if looked_until else first, first, now - LOOK_BACK)


def _late(due_at: datetime, now: datetime, zone: str) -> str:
    if now - due_at < LATE:
        return ""
    there = due_at.astimezone(ZoneInfo(zone))
    is_today = there.date() == wallclock.local_day(now, zone)
    return f"Late: promised for {clock(there) if is_today else f'{weekday_and_day(there.date())} {clock(there)}'}."


def opening(channel: Channel, now: datetime) -> datetime | None:
    """When the channel's hours begin next, where they are not now."""
    if channel.hours is None:
        return None
    first, last = channel.hours
    local = now.astimezone(ZoneInfo(channel.zone))
    is_open = first <= local.time() <= last if first <= last else not last < local.time() < first
    if is_open:
        return None
    days = (local.date() + timedelta(days=n) for n in range(3))
    openings = (wallclock.instant_of(day, first, channel.zone) for day in days)
    return next(opening for opening in openings if opening and opening > now)
