"""Which channels are due a digest now, which worker has the right to compose it, and what came of that."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel, DigestKind, Follow, Pick, Schedule
from bot.store.channels import as_channel
from bot.store.digests import kept_pick
from bot.store.engine import Database
from bot.store.follows import as_follow
from bot.store.hooks import mirror
from bot.store.keys import delivery_key
from bot.store.timetable import as_schedule


@dataclass(frozen=True, slots=True)
class Slot:
    """A schedule that has come, leased to a worker. follows and mutes: of its channel."""

    schedule: Schedule
    due_at: datetime
    channel: Channel
    follows: tuple[Follow, ...]
    mutes: tuple[Follow, ...]
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

    async def freeze(self, batch: Sequence[tuple[Slot, Composed]], now: datetime) -> tuple[Slot, ...]:
        """Keep digests with their deliveries and what they show, and move their schedules on, in one transaction.

        Each channel may be in the batch once. A slot whose lease was lost is left alone; the others come back. What a
        channel was shown in the meantime is left out; where nothing is left, or its slot is filled, only the schedule
        moves on.
        """
        async with self._db.writing(*(f"digests of {slot.channel.pk}" for slot, _ in batch)) as session:
            moved = await _moved_on(session, [(slot, composed.next_due_at) for slot, composed in batch])
            batch = [one for one in batch if one[0].schedule.pk in moved]
            rows = await _channels(session, [slot.channel.pk for slot, _ in batch])
            shown, filled = await _shown(session, batch), await _filled(session, batch)
            frozen: list[tuple[Slot, Composed, tables.Digest, list[int]]] = []
            for slot, composed in batch:
                row = rows[slot.channel.pk]
                if composed.looked:
                    row.looked_until = now
                fresh = [one for one in composed.picks if (slot.channel.pk, one.paper.pk) not in shown]
                is_round_up = composed.kind in ("weekly", "monthly")
                kept = [one for one in composed.picks if is_round_up or one.in_case_of or one in fresh]
                if (composed.picks and not kept) or (slot.channel.pk, composed.name) in filled:
                    continue
                row.was_quiet = not kept
                digest = _digest(slot.channel, composed, kept, slot.due_at, now)
                frozen.append((slot, composed, digest, [one.paper.pk for one in fresh]))
            await _add(session, frozen, now)
            await mirror(session, [(slot.channel, digest) for slot, _, digest, _ in frozen], now)
            return tuple(slot for slot, _ in batch)

    async def skip(self, slot: Slot, next_due_at: datetime, now: datetime, *, looked: bool) -> bool:
        """Move the schedule on without a word; False where the lease was lost."""
        async with self._db.writing() as session:
            if not await _moved_on(session, [(slot, next_due_at)]):
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


async def _moved_on(session: AsyncSession, slots: Sequence[tuple[Slot, datetime]]) -> set[int]:
    """Have each schedule due when it says, if the lease on its slot still stands; those (pk) of which that is true."""
    query = select(tables.Schedule).where(col(tables.Schedule.pk).in_([slot.schedule.pk for slot, _ in slots]))
    rows = {row.pk: row for row in await session.scalars(query.order_by(col(tables.Schedule.pk)).with_for_update())}
    moved = set()
    for slot, next_due_at in slots:
        row = rows.get(slot.schedule.pk)
        if row and (row.worker, row.next_due_at) == (slot.worker, slot.due_at):
            row.worker, row.lease_until, row.next_due_at = "", None, next_due_at
            moved.add(slot.schedule.pk)
    return moved


async def _channels(session: AsyncSession, pks: Sequence[int]) -> dict[int, tables.Channel]:
    query = select(tables.Channel).where(col(tables.Channel.pk).in_(pks))
    return {row.pk or 0: row for row in await session.scalars(query)}


async def _shown(session: AsyncSession, batch: Sequence[tuple[Slot, Composed]]) -> set[tuple[int, int]]:
    """(channel, paper): which of these papers were shown before, in any of these channels."""
    channels = [slot.channel.pk for slot, _ in batch]
    papers = {pick.paper.pk for _, composed in batch for pick in composed.picks}
    query = select(col(tables.Shown.channel_pk), col(tables.Shown.paper_pk)).where(
        col(tables.Shown.channel_pk).in_(channels), col(tables.Shown.paper_pk).in_(papers)
    )
    return {(channel, paper) for channel, paper in await session.execute(query)}


async def _filled(session: AsyncSession, batch: Sequence[tuple[Slot, Composed]]) -> set[tuple[int, str]]:
    query = select(col(tables.Digest.channel_pk), col(tables.Digest.slot)).where(
        col(tables.Digest.channel_pk).in_([slot.channel.pk for slot, _ in batch]),
        col(tables.Digest.slot).in_({composed.name for _, composed in batch}),
    )
    return {(channel, name) for channel, name in await session.execute(query)}


async def _add(
    session: AsyncSession, frozen: Sequence[tuple[Slot, Composed, tables.Digest, list[int]]], now: datetime
) -> None:
    """The digests, their deliveries, and the papers that are shown there for the first time."""
    session.add_all(digest for _, _, digest, _ in frozen)
    await session.flush()
    deliveries, shown = [], []
    for slot, composed, digest, fresh in frozen:
        assert digest.pk is not None  # it was flushed
        parts = max(1, -(-len(digest.picks) // composed.papers_a_message))
        deliveries += [_delivery(slot.channel, composed, digest.pk, part, now) for part in range(parts)]
        shown += [{"channel_pk": slot.channel.pk, "paper_pk": paper, "digest_pk": digest.pk} for paper in fresh]
    if deliveries:
        await session.execute(insert(tables.Delivery), [row.model_dump(exclude={"pk"}) for row in deliveries])
    if shown:
        await session.execute(insert(tables.Shown), shown)


def _digest(
    channel: Channel, composed: Composed, picks: Sequence[Pick], due_at: datetime, now: datetime
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
