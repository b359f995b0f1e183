"""The rows of schedules: read, replaced as a whole, moved on."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, time
from typing import Any, cast

from sqlalchemy import Row, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from bot import tables, wallclock
from bot.model import FOREVER, Channel, DigestKind, Schedule

_HERE = select(tables.Schedule).where(col(tables.Schedule.channel_pk) == bindparam("channel"))
_HERE = _HERE.order_by(col(tables.Schedule.kind))


async def replace_schedules(
    session: AsyncSession, channel: Channel, wanted: Sequence[Mapping[str, Any]], now: datetime
) -> list[dict[str, Any]]:
    """Have the schedules that `kept` gave there; returns those before. One that stays as it is keeps its next slot."""
    rows = await schedule_rows(session, channel)
    zone = (await session.get_one(tables.Channel, channel.pk)).zone
    before = kept([as_schedule(row) for row in rows])
    if list(wanted) != before or zone != channel.zone:
        await session.execute(delete(tables.Schedule).where(col(tables.Schedule.channel_pk) == channel.pk))
        await add_schedules(session, channel, [_as_said(one) for one in wanted], now)
    return before


def kept(schedules: Iterable[Schedule]) -> list[dict[str, Any]]:
    """Schedules as JSON holds them."""
    return [
        {"kind": one.kind, "days": list(one.days), "local_time": one.local_time.isoformat("minutes")}
        for one in schedules
    ]


def as_schedule(row: tables.Schedule | Row[Any]) -> Schedule:
    """The stored row as a value."""
    days = tuple(int(day) for day in row.days.split(",") if day)
    return Schedule(
        cast(DigestKind, row.kind), days, time.fromisoformat(row.local_time), row.next_due_at, row.pk or 0
    )  # fmt: skip


async def schedules_of(connection: AsyncConnection, channel: Channel) -> tuple[Schedule, ...]:
    """The channel's schedules."""
    return tuple(as_schedule(row) for row in await connection.execute(_HERE, {"channel": channel.pk}))


async def schedule_rows(session: AsyncSession, channel: Channel) -> Sequence[tables.Schedule]:
    """The channel's schedules as they are stored."""
    return (await session.scalars(_HERE, {"channel": channel.pk})).all()


async def add_schedules(
    session: AsyncSession, channel: Channel, schedules: Iterable[Schedule], now: datetime
) -> None:  # fmt: skip
    """Add schedules, each due when it next comes after `now`, or after the pause that stands."""
    connection = await session.connection()
    zone, after = await _goes_on(session, channel, now)
    for one in schedules:
        row = {
            "channel_pk": channel.pk,
            "kind": one.kind,
            "days": ",".join(map(str, one.days)),
            "local_time": one.local_time.isoformat("minutes"),
            "next_due_at": await _next_due(session, channel, one, zone, after),
            "worker": "",
        }
        await connection.execute(insert(tables.Schedule), row)


async def move_on(session: AsyncSession, channel: Channel, now: datetime) -> None:
    """Have each schedule due when it next comes after `now`, or after the pause that stands."""
    zone, after = await _goes_on(session, channel, now)
    for row in await schedule_rows(session, channel):
        row.next_due_at = await _next_due(session, channel, as_schedule(row), zone, after)


async def _next_due(
    session: AsyncSession, channel: Channel, schedule: Schedule, zone: str, after: datetime
) -> datetime:  # fmt: skip
    """When it next comes on a day that has no digest of its kind yet."""
    due = wallclock.next_due(schedule, zone, after)
    same = select(col(tables.Digest.pk)).where(
        col(tables.Digest.channel_pk) == channel.pk,
        col(tables.Digest.slot) == f"{wallclock.day_of(schedule, zone, due)} {schedule.kind}",
    )
    return due if await session.scalar(same) is None else wallclock.next_due(schedule, zone, due)


async def _goes_on(session: AsyncSession, channel: Channel, now: datetime) -> tuple[str, datetime]:
    """The channel's zone as it is stored now, and from when on something is due there."""
    row = await session.get_one(tables.Channel, channel.pk)
    until = row.paused_until
    return row.zone, now if until is None or until == FOREVER else max(now, until)


def _as_said(one: Mapping[str, Any]) -> Schedule:
    return Schedule(one["kind"], tuple(one["days"]), time.fromisoformat(one["local_time"]))
