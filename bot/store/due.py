"""Which channels are due a digest now, which worker has the right to compose it, and what came of that."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel, DigestKind, Follow, Pick, Schedule
from bot.store.channels import as_channel
from bot.store.digests import delivery_key, kept_pick
from bot.store.engine import Database
from bot.store.follows import as_follow
from bot.store.timetable import as_schedule


@dataclass(frozen=True, slots=True)
class Slot:
    """A schedule that has come, leased to a worker. follows and mutes: of its channel. has_daily: it has daily ones."""

    schedule: Schedule
    due_at: datetime
    channel: Channel
    follows: tuple[Follow, ...]
    mutes: tuple[Follow, ...]
    has_daily: bool
    worker: str


@dataclass(frozen=True, slots=True)
class Composed:
    """What came of a slot. name: of the digest's slot. papers_a_message: of its platform. next_due_at: of the schedule.

    looked: its papers up to now have been looked at, so that the next one begins there.
    """

    kind: DigestKind
    name: str
    day: date
    picks: tuple[Pick, ...]
    note: str
    papers_a_message: int
    next_due_at: datetime
    looked: bool = True
    nearest: str = ""


class Due:
    """The schedules that have come."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def claim(
        self, now: datetime, worker: str, platforms: Collection[str], lease: timedelta, most: int = 20
    ) -> tuple[Slot, ...]:
        """Slots due at or before now that no live lease holds, leased to `worker`; oldest first."""
        taken = _due(now, platforms, most).cte("taken")
        leased = (
            update(tables.Schedule)
            .where(col(tables.Schedule.pk).in_(select(taken.c.pk)))
            .values(worker=worker, lease_until=now + lease)
            .returning(col(tables.Schedule.pk))
        )
        async with self._db.writing() as session:
            pks = (await session.scalars(leased)).all()
            return await _slots(session, pks, worker) if pks else ()

    async def freeze(self, slot: Slot, composed: Composed, now: datetime) -> bool:
        """Keep the digest with its deliveries and what it shows, and move the schedule on, all in one transaction.

        False, and nothing happens, where the lease was lost. What the channel was shown in the meantime is left out;
        where nothing is left of it, or its slot is filled, only the schedule moves on.
        """
        channel = slot.channel
        async with self._db.writing(f"digests of {channel.pk}") as session:
            if not await _moved_on(session, slot, composed.next_due_at):
                return False
            row = await session.get_one(tables.Channel, channel.pk)
            if composed.looked:
                row.looked_until = now
            is_round_up = composed.kind in ("weekly", "monthly")
            picks = composed.picks if is_round_up else await _not_shown(session, channel, composed.picks)
            if (composed.picks and not picks) or await _is_filled(session, channel, composed.name):
                return True
            row.was_quiet = not picks
            digest = _digest(channel, composed, picks, slot.due_at, now)
            session.add(digest)
            await session.flush()
            assert digest.pk is not None  # it was flushed
            parts = max(1, -(-len(picks) // composed.papers_a_message))
            session.add_all(_delivery(channel, composed, digest.pk, part, now) for part in range(parts))
            fresh = picks if not is_round_up else await _not_shown(session, channel, picks)
            session.add_all(
                tables.Shown(channel_pk=channel.pk, paper_pk=pick.paper.pk, digest_pk=digest.pk) for pick in fresh
            )
            return True

    async def skip(self, slot: Slot, next_due_at: datetime, now: datetime, *, looked: bool) -> bool:
        """Move the schedule on without a word; False where the lease was lost."""
        async with self._db.writing() as session:
            if not await _moved_on(session, slot, next_due_at):
                return False
            if looked:
                (await session.get_one(tables.Channel, slot.channel.pk)).looked_until = now
            return True

    async def postpone(self, slot: Slot, until: datetime) -> None:
        """Leave the slot alone until then: it stays due, and promised when it was."""
        async with self._db.writing() as session:
            await session.execute(_held(slot).values(worker="", lease_until=until))

    async def next_due(self, platforms: Collection[str], now: datetime) -> datetime | None:
        """When the next slot comes, after now."""
        query = select(col(tables.Schedule.next_due_at)).where(col(tables.Schedule.next_due_at) > now)
        async with self._db.reading() as session:
            found: datetime | None = await session.scalar(query.order_by(col(tables.Schedule.next_due_at)).limit(1))
            return found


def _due(now: datetime, platforms: Collection[str], most: int) -> Any:
    channel, schedule = tables.Channel, tables.Schedule
    return (
        select(col(schedule.pk).label("pk"))
        .join(channel, col(channel.pk) == col(schedule.channel_pk))
        .join(tables.Workspace, col(tables.Workspace.pk) == col(channel.workspace_pk))
        .where(
            col(schedule.next_due_at) <= now,
            or_(col(schedule.lease_until).is_(None), col(schedule.lease_until) <= now),
            or_(col(channel.paused_until).is_(None), col(channel.paused_until) <= now),
            col(tables.Workspace.platform).in_(platforms),
            col(tables.Workspace.removed_at).is_(None),
        )
        .order_by(col(schedule.next_due_at), col(schedule.pk))
        .limit(most)
        .with_for_update(of=schedule, skip_locked=True)
    )


async def _slots(session: AsyncSession, pks: Sequence[int | None], worker: str) -> tuple[Slot, ...]:
    found = await session.execute(
        select(tables.Schedule, tables.Channel, tables.Workspace)
        .join(tables.Channel, col(tables.Channel.pk) == col(tables.Schedule.channel_pk))
        .join(tables.Workspace, col(tables.Workspace.pk) == col(tables.Channel.workspace_pk))
        .where(col(tables.Schedule.pk).in_(pks))
        .order_by(col(tables.Schedule.next_due_at), col(tables.Schedule.pk))
    )
    rows = [(schedule, as_channel(channel, workspace)) for schedule, channel, workspace in found]
    channels = {channel.pk for _, channel in rows}
    daily = select(col(tables.Schedule.channel_pk)).where(col(tables.Schedule.kind) == "daily")
    have_daily = set(await session.scalars(daily.where(col(tables.Schedule.channel_pk).in_(channels))))
    follows: defaultdict[int, list[Follow]] = defaultdict(list)
    query = select(tables.Follow).where(col(tables.Follow.channel_pk).in_(channels)).order_by(col(tables.Follow.pk))
    for row in await session.scalars(query):
        follows[row.channel_pk].append(as_follow(row))
    return tuple(
        Slot(
            as_schedule(schedule),
            schedule.next_due_at,
            channel,
            tuple(follow for follow in follows[channel.pk] if follow.kind != "mute"),
            tuple(follow for follow in follows[channel.pk] if follow.kind == "mute"),
            channel.pk in have_daily,
            worker,
        )
        for schedule, channel in rows
        if schedule.next_due_at
    )


def _held(slot: Slot) -> Any:
    """The schedule, if the lease on this slot still stands."""
    schedule = tables.Schedule
    return update(schedule).where(
        col(schedule.pk) == slot.schedule.pk,
        col(schedule.worker) == slot.worker,
        col(schedule.next_due_at) == slot.due_at,
    )


async def _moved_on(session: AsyncSession, slot: Slot, next_due_at: datetime) -> bool:
    moved = _held(slot).values(worker="", lease_until=None, next_due_at=next_due_at)
    return bool((await session.scalars(moved.returning(col(tables.Schedule.pk)))).first())


async def _not_shown(session: AsyncSession, channel: Channel, picks: tuple[Pick, ...]) -> tuple[Pick, ...]:
    query = select(col(tables.Shown.paper_pk)).where(
        col(tables.Shown.channel_pk) == channel.pk, col(tables.Shown.paper_pk).in_([pick.paper.pk for pick in picks])
    )
    shown = set(await session.scalars(query)) if picks else set()
    return tuple(pick for pick in picks if pick.paper.pk not in shown)


async def _is_filled(session: AsyncSession, channel: Channel, name: str) -> bool:
    same = select(col(tables.Digest.pk)).where(
        col(tables.Digest.channel_pk) == channel.pk, col(tables.Digest.slot) == name
    )
    return await session.scalar(same) is not None


def _digest(
    channel: Channel, composed: Composed, picks: tuple[Pick, ...], due_at: datetime, now: datetime
) -> tables.Digest:
    return tables.Digest(
        channel_pk=channel.pk,
        slot=composed.name,
        kind=composed.kind,
        day=composed.day,
        picks=[kept_pick(pick) for pick in picks],
        note=composed.note,
        nearest=composed.nearest,
        due_at=due_at,
        composed_at=now,
    )


def _delivery(channel: Channel, composed: Composed, digest_pk: int, part: int, now: datetime) -> tables.Delivery:
    return tables.Delivery(
        digest_pk=digest_pk,
        channel_pk=channel.pk,
        platform=channel.platform,
        part=part,
        key=delivery_key(channel, composed.name, now, part),
        due_at=now,
        changed_at=now,
    )
