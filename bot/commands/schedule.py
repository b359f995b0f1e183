"""When digests come: the schedule, pauses, and the settings of a channel."""

from dataclasses import replace
from datetime import time
from typing import Any

from bot import wallclock
from bot.adapter import Invocation
from bot.cards import Action, Field, Form, Notice, Reply, done, note
from bot.commands import permissions
from bot.commands.context import Context, who
from bot.digests import spoken, times
from bot.errors import Refused
from bot.grammar import Arg, command
from bot.model import Channel, Schedule
from bot.store.schedules import USUAL
from bot.text import clock, human_join, plural, weekday_and_day

MOST_PAPERS = 15  # a digest
_NONE = "Nothing is followed here yet, so none comes: /papers follow recsys"
_USUAL_TIMES = {"daily": USUAL.local_time, "weekly": time(16), "monthly": time(9)}
_USUAL_DAYS = {"daily": wallclock.WEEKDAYS, "weekly": (4,), "monthly": (1,)}


@command(
    "schedule",
    Arg("when", "days, a time and a zone, in any order; or off"),
    help="When the digest comes here.",
    example="/papers schedule 09:00 weekdays Europe/Berlin",
)
async def schedule(ctx: Context, ask: Invocation, when: str) -> Reply:
    """Set when digests of a kind come: what is not said stays as it was. Nothing said shows it all, and asks."""
    channel = await ctx.channel(ask)
    before = await ctx.store.schedules.of(channel)
    if not when:
        return await _asked(ctx, channel, before)
    permissions.require_change(channel, ask)
    wanted = spoken.schedule(when)
    if wanted.is_off:
        return await _stop(ctx, ask, channel, before, wanted)
    zone = wanted.zone or channel.zone
    old = next((one for one in before if one.kind == wanted.kind), None)
    days = wanted.days or (old.days if old else _USUAL_DAYS[wanted.kind])
    at = wanted.local_time or (old.local_time if old else _USUAL_TIMES[wanted.kind])
    new = Schedule(wanted.kind, days, at)
    after = (*(one for one in before if one.kind != wanted.kind), new)
    said = f"{times.said(new)} ({spoken.city(zone)})"
    if old and zone == channel.zone and (old.days, old.local_time) == (days, at):
        return note(f"That is how it is: {said}. Nothing changed. {await _coming(ctx, channel)}")
    change = await ctx.store.schedules.put(channel, after, zone, who(ask), ctx.now, f"set the schedule: {said}")
    channel = replace(channel, zone=zone)
    line = await _coming(ctx, channel)
    said_of_list, actions = _about_the_list(ctx, channel, new) if line != _NONE else ("", ())
    text = f"Set: {said}. {line} {said_of_list}".strip()
    return done(
        text, *actions, Action("Undo", "undo", f"change:{change}"),
        announce=f"{who(ask).name} set this channel's digests: {said}.",
    )  # fmt: skip


@command(
    "pause",
    Arg("until", "a day, or how long: until 2027-01-04, for 2 weeks; nothing for until resume"),
    help="No digests for a while.",
    example="/papers pause until monday",
    place=("channel", "pause"),
    changes_channel=True,
)
async def pause(ctx: Context, ask: Invocation, until: str) -> Reply:
    """Post nothing here unasked until a day's beginning, or until somebody resumes."""
    channel = await ctx.channel(ask)
    day = spoken.until(until, ctx.today(channel)) if until else None
    begins = wallclock.instant_of(day, time(0), channel.zone) if day else None
    length = f"until {weekday_and_day(day)} {day.year}" if day else "until somebody says /papers resume"
    change = await ctx.store.schedules.pause(channel, begins, who(ask), ctx.now, f"paused the digests {length}")
    after = await ctx.store.channels.of(ask.channel)
    line = times.coming_line(after, await ctx.store.schedules.of(after), ctx.now) if day else ""
    return done(
        f"Paused {length}. What is followed stays. {line}".strip(),
        Action("Resume", "resume"),
        Action("Undo", "undo", f"change:{change}"),
        announce=f"{who(ask).name} paused the digests here {length}.",
    )


@command(
    "resume",
    help="Go on with digests after a pause.",
    example="/papers resume",
    place=("channel", "resume"),
    changes_channel=True,
)
async def resume(ctx: Context, ask: Invocation) -> Reply:
    """End a pause; the next digest comes at its time, with the best of the last week."""
    channel = await ctx.channel(ask)
    if channel.paused_until is None or channel.paused_until <= ctx.now:
        return note(f"Nothing is paused here. {await _coming(ctx, channel)}")
    await ctx.store.schedules.resume(channel, who(ask), ctx.now, "resumed the digests")
    after = await ctx.store.channels.of(ask.channel)
    return done(f"Resumed. {await _coming(ctx, after)}", announce=f"{who(ask).name} resumed the digests here.")


@command(
    "settings",
    Arg("size", "papers a digest, at most", "number", key=True, most=MOST_PAPERS),
    Arg("layout", "how much of each paper is shown", "choice", key=True, choices=("compact", "full", "titles")),
    Arg("quiet-days", "what happens where nothing fits", "choice", key=True, choices=("say", "silent")),
    Arg("hours", "when something may be posted: 08:00-19:00, or off", "word", key=True),
    Arg("min", "papers that a digest waits for", "number", key=True, most=MOST_PAPERS),
    help="How digests are here.",
    example="/papers settings size:5 hours:08:00-19:00",
    place=("channel", "settings"),
)
async def settings(
    ctx: Context, ask: Invocation, size: int | None, layout: str, quiet_days: str, hours: str, min: int | None
) -> Reply:
    """Change what is said; nothing said shows it all, and asks."""
    channel = await ctx.channel(ask)
    values = _values(channel, size, layout, quiet_days, hours, min)
    if not values:
        has_said = any((size, layout, quiet_days, hours, min))
        return note(f"That is how it is: {_said(channel)}. Nothing changed.") if has_said else _form(channel)
    permissions.require_change(channel, ask)
    wanted = channel.size if size is None else size
    least = channel.least if min is None else min
    if least > wanted:
        wrong = f"A digest of at most {plural(wanted, 'paper')} can't wait for {least}."
        raise Refused(wrong, f"Try min:{wanted}, or size:{least}.")
    names = human_join(name.replace("_", "-").replace("least", "min") for name in values)
    change = await ctx.store.schedules.configure(channel, values, who(ask), ctx.now, f"changed the settings: {names}")
    after = await ctx.store.channels.of(ask.channel)
    return done(
        f"Set: {_said(after)}.",
        Action("Undo", "undo", f"change:{change}"),
        announce=f"{who(ask).name} changed this channel's settings: {names}.",
    )


async def _coming(ctx: Context, channel: Channel) -> str:
    """When the next digest comes, or why none does."""
    if not await ctx.store.follows.of(channel):
        return _NONE
    return times.next_line(channel, await ctx.store.schedules.of(channel), ctx.now)


async def _asked(ctx: Context, channel: Channel, known: tuple[Schedule, ...]) -> Reply:
    lines = human_join(times.said(one) for one in known)
    state = f"Digests come {lines} ({spoken.city(channel.zone)})." if known else "No digest is scheduled here."
    line = await _coming(ctx, channel)
    daily = next((one for one in known if one.kind == "daily"), USUAL)
    value = typed(daily, channel.zone)
    hint = "days, a time and a zone; weekly fri 16:00 for a round-up beside it; off to stop"
    form = Form("When should it come?", "schedule", (Field("when", "When", hint, value, required=True),))
    return Reply((Notice(f"{state} {line}" if known else line), form))


async def _stop(
    ctx: Context, ask: Invocation, channel: Channel, before: tuple[Schedule, ...], wanted: spoken.Said
) -> Reply:
    gone = tuple(one for one in before if one.kind == wanted.kind or not wanted.names_kind)
    if not gone:
        return note("Nothing is scheduled here. To have a digest: /papers schedule 09:00 weekdays")
    left = tuple(one for one in before if one not in gone)
    said = human_join(times.said(one) for one in gone)
    change = await ctx.store.schedules.put(channel, left, channel.zone, who(ask), ctx.now, f"stopped {said}")
    state = f"What stays: {human_join(times.said(one) for one in left)}." if left else "No digest comes by itself now."
    return done(
        f"Stopped: {said}. {state}",
        Action("Undo", "undo", f"change:{change}"),
        announce=f"{who(ask).name} stopped this channel's digests: {said}.",
    )


def _about_the_list(ctx: Context, channel: Channel, new: Schedule) -> tuple[str, tuple[Action, ...]]:
    """What to say of the announcement that a daily digest carries."""
    if new.kind != "daily":
        return "", ()
    if (early := times.too_early(new, channel.zone, ctx.now)) is None:
        return times.carries(new, channel.zone, ctx.now), ()
    line, better = early
    return line, (Action(f"Move to {clock(better)}", "schedule", clock(better)),)


def _values(
    channel: Channel, size: int | None, layout: str, quiet_days: str, hours: str, least: int | None
) -> dict[str, Any]:
    """The settings that are to change, as they are kept."""
    window = spoken.hours(hours) if hours else channel.hours
    kept_hours = [one.isoformat("minutes") for one in window] if window else None
    given: dict[str, Any] = {"size": size, "layout": layout, "quiet_days": quiet_days, "least": least}
    changed = {name: value for name, value in given.items() if value and value != getattr(channel, name)}
    return changed | ({"hours": kept_hours} if window != channel.hours else {})


def _said(channel: Channel) -> str:
    hours = f"posted {clock(channel.hours[0])} to {clock(channel.hours[1])}" if channel.hours else "posted at any hour"
    quiet = "one line on quiet days" if channel.quiet_days == "say" else "silent on quiet days"
    waits = f"waiting for {plural(channel.least, 'paper')}" if channel.least > 1 else "waiting for none"
    return f"at most {plural(channel.size, 'paper')}, layout {channel.layout}, {quiet}, {hours}, {waits}"


def _form(channel: Channel) -> Reply:
    hours = "-".join(clock(one) for one in channel.hours) if channel.hours else "off"
    fields = (
        Field("size", "Papers a digest", f"1 to {MOST_PAPERS}", str(channel.size)),
        Field("layout", "Layout", "how much of each paper is shown", channel.layout, ("compact", "full", "titles")),
        Field(
            "quiet-days", "Quiet days", "say: one line, at most once in a row", channel.quiet_days, ("say", "silent")
        ),
        Field("hours", "Hours", "08:00-19:00, or off", hours),
        Field("min", "Wait for", "papers that a digest waits for", str(channel.least)),
    )
    return Reply((Form("Settings of this channel", "settings", fields),))


def typed(one: Schedule, zone: str) -> str:
    """A daily schedule as a person types it: `09:00 weekdays Europe/Berlin`."""
    return f"{clock(one.local_time)} {_days_typed(one)} {zone}"


def _days_typed(one: Schedule) -> str:
    if one.days == wallclock.EVERY_DAY:
        return "daily"
    return "weekdays" if one.days == wallclock.WEEKDAYS else ",".join(wallclock.DAYS[day] for day in one.days)
