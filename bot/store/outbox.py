"""What is still to be posted: who may post it now, and what became of it. A lease fences whoever speaks of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlmodel import col

from bot import tables
from bot.model import Channel, papers_of_part
from bot.store.channels import as_channel
from bot.store.engine import Database
from bot.store.notes import put_note
from bot.store.reach import pause

_AHEAD = timedelta(minutes=5)  # clocks of workers differ by less

DOUBT = "in doubt "  # how the slot of a note begins that asks about a message; its key follows

_Delivery = tables.Delivery
_in_doubt = (col(_Delivery.state) == "doubtful") & col(_Delivery.due_at).is_(None)


@dataclass(frozen=True, slots=True)
class Claim:
    """A message that a worker may post until its lease ends. attempt: from 1; it fences whoever had it before.

    is_doubtful: somebody may have posted it already. is_plain: the platform refused it as it was composed.
    """

    pk: int
    digest_pk: int
    channel: Channel
    key: str
    part: int
    parts: int
    attempt: int
    worker: str
    is_doubtful: bool
    is_plain: bool
    composed_at: datetime


class Outbox:
    """The deliveries. `due_at` is when a worker may take one, the end of a running lease included; none once over."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def claim(
        self, now: datetime, worker: str, platform: str, lease: timedelta, *, most: int = 20,
        under_way: Collection[int] = (), is_calm: bool = True, only_left: bool = False,
    ) -> tuple[Claim, ...]:  # fmt: skip
        """Messages of `platform` that are due and that no live lease holds, leased to `worker`; oldest first.

        A part waits until the parts before it are over, a paused channel until it is resumed. under_way: what this
        worker is posting, whatever the clock says. is_calm: whether the clock can be trusted about the leases of
        others. What was last touched minutes later than now is of a clock that has been set back since: it is due.
        only_left: nothing but what a worker left behind.
        """
        due = _due(now, worker, platform, lease, under_way, is_calm=is_calm)
        pks: list[int | None] = []
        async with self._db.writing() as session:
            left = due.where(col(_Delivery.worker) != "")
            for some in (left,) if only_left else (left, due):  # what a worker left behind has waited longest
                if len(pks) < most:
                    taken = some.limit(most - len(pks)).with_for_update(of=_Delivery, skip_locked=True).cte("taken")
                    leased = (
                        update(_Delivery)
                        .where(col(_Delivery.pk).in_(select(taken.c.pk)))
                        .values(worker=worker, due_at=now + lease, attempts=col(_Delivery.attempts) + 1, changed_at=now)
                    )
                    pks += (await session.scalars(leased.returning(col(_Delivery.pk)))).all()
            return await _claims(session, pks, worker) if pks else ()

    async def begin(self, claim: Claim, now: datetime, lease: timedelta) -> bool:
        """Put down that it is being posted from now on; False where another worker has it."""
        state = "doubtful" if claim.is_doubtful else "sending"
        return await self._say(claim, now, state=state, due_at=now + lease)

    async def extend(self, worker: str, pks: Collection[int], now: datetime, lease: timedelta) -> None:
        """Hold on to what is still under way."""
        held = (col(_Delivery.worker) == worker, col(_Delivery.due_at).is_not(None))
        longer = update(_Delivery).where(col(_Delivery.pk).in_(pks), *held)
        async with self._db.writing() as session:
            await session.execute(longer.values(due_at=now + lease, changed_at=now))

    async def sent(self, claim: Claim, message: str, url: str, now: datetime) -> bool:
        """It is there, as `message`. This is a fact, so it also ends a doubt that was left open."""
        return await self._say(claim, now, settles=True, state="sent", due_at=None, message=message, url=url, error="")

    async def later(self, claim: Claim, due_at: datetime, why: str, now: datetime) -> bool:
        """Nothing was posted: anybody may try from `due_at` on."""
        state = "doubtful" if claim.is_doubtful else "waiting"
        return await self._say(claim, now, state=state, due_at=due_at, worker="", error=why)

    async def doubtful(
        self, claim: Claim, due_at: datetime, why: str, now: datetime, *, is_plain: bool = False
    ) -> bool:
        """It may have been posted or not: to be looked for from `due_at` on."""
        plain = {"is_plain": True} if is_plain else {}
        return await self._say(claim, now, state="doubtful", due_at=due_at, worker="", error=why, **plain)

    async def unknown(self, claim: Claim, why: str, tell: Channel | None, note: str, now: datetime) -> bool:
        """Nobody can tell whether it arrived: never touched again, unless whoever reads the note wants it `again`."""
        async with self._db.writing() as session:
            over = _ended(claim, state="doubtful", error=why, now=now)
            is_ours = bool((await session.scalars(over)).first())
            if is_ours and tell:
                await put_note(session, tell, f"{DOUBT}{claim.key}:{claim.attempt}", note, now)
            return is_ours

    async def again(self, key: str, person: str, now: datetime) -> Channel | None:
        """Post it after all, for the person who set its channel up; none where there is no such doubt of theirs."""
        async with self._db.writing() as session:
            wanted = select(_Delivery).where(_in_doubt, col(_Delivery.key) == key)
            row = await session.scalar(wanted.with_for_update())
            channel = await session.get_one(tables.Channel, row.channel_pk) if row else None
            if row is None or channel is None or channel.set_up_by != person:
                return None
            row.state, row.due_at, row.worker, row.changed_at = "waiting", now, "", now
            return as_channel(channel, await session.get_one(tables.Workspace, channel.workspace_pk))

    async def simplify(self, claim: Claim, why: str, now: datetime) -> bool:
        """The platform refused it: to be tried once more, as titles and links."""
        return await self._say(claim, now, state="waiting", due_at=now, worker="", is_plain=True, error=why)

    async def failed(self, claim: Claim, why: str, now: datetime) -> bool:
        """It will not be posted; its papers come back."""
        async with self._db.writing() as session:
            is_ours = bool((await session.scalars(_ended(claim, state="failed", error=why, now=now))).first())
            if is_ours:
                await _bring_back(session, [claim.pk])
            return is_ours

    async def gone(self, claim: Claim, why: str, tell: Channel | None, note: str, now: datetime) -> bool:
        """The channel can't be reached: pause it, skip what waits for it, and put a note for `tell` in the outbox.

        True where it was not known before; the note is put once. The follows stay, and the papers come back.
        """
        async with self._db.writing() as session:
            if not (await session.scalars(_ended(claim, state="skipped", error=why, now=now))).first():
                return False
            await _bring_back(session, [claim.pk, *await _skipped(session, claim.channel, why, now)])
            is_news = await pause(session, claim.channel, why)
            if is_news and tell:
                await put_note(session, tell, f"{now.date()} unreachable {claim.channel.pk}", note, now)
            return is_news

    async def drop(self, channel: Channel, why: str, now: datetime) -> None:
        """Post nothing of what waits for the channel; its papers come back."""
        async with self._db.writing() as session:
            await _bring_back(session, await _skipped(session, channel, why, now))

    async def release(self, worker: str, now: datetime) -> None:
        """Give back what was claimed and not begun."""
        idle = (col(_Delivery.worker) == worker, col(_Delivery.state) == "waiting", col(_Delivery.due_at).is_not(None))
        async with self._db.writing() as session:
            await session.execute(update(_Delivery).where(*idle).values(worker="", due_at=now, changed_at=now))

    async def next_due(self, platform: str, now: datetime) -> datetime | None:
        """When the next message becomes due, after now."""
        query = select(func.min(col(_Delivery.due_at))).where(
            col(_Delivery.platform) == platform, col(_Delivery.due_at) > now
        )
        async with self._db.reading() as session:
            return cast("datetime | None", await session.scalar(query))

    async def _say(self, claim: Claim, now: datetime, *, settles: bool = False, **values: Any) -> bool:
        """Write what became of a claim; False where it is another worker's by now."""
        async with self._db.writing() as session:
            said = update(_Delivery).where(_ours(claim, settles=settles)).values(**values, changed_at=now)
            return bool((await session.scalars(said.returning(col(_Delivery.pk)))).first())


def _due(
    now: datetime, worker: str, platform: str, lease: timedelta, under_way: Collection[int], *, is_calm: bool
) -> Any:
    """Conditions on other rows stand in subqueries of their own: joined, PostgreSQL may begin with every channel."""
    was_ahead = col(_Delivery.changed_at) > now + max(lease, _AHEAD)
    whose = or_(col(_Delivery.state) == "waiting", col(_Delivery.worker).in_(("", worker)))
    return (
        select(col(_Delivery.pk).label("pk"))
        .where(
            col(_Delivery.platform) == platform,
            col(_Delivery.due_at).is_not(None),
            or_(col(_Delivery.due_at) <= now, was_ahead),
            col(_Delivery.pk).not_in(under_way),
            _is_reachable(now).is_(True),
            _parts_before() == 0,
            *(() if is_calm else (whose,)),
        )
        .order_by(col(_Delivery.due_at))
    )


def _is_reachable(now: datetime) -> Any:
    channel, workspace = tables.Channel, tables.Workspace
    is_paused = col(channel.paused_until) > now
    return (
        select(func.coalesce(~is_paused, True) & col(workspace.removed_at).is_(None))
        .join_from(channel, workspace, col(workspace.pk) == col(channel.workspace_pk))
        .where(col(channel.pk) == col(_Delivery.channel_pk))
        .scalar_subquery()
    )


def _parts_before() -> Any:
    """How many parts before this one are not over."""
    earlier = aliased(_Delivery)
    return (
        select(func.count(col(earlier.pk)))
        .where(
            col(earlier.digest_pk) == col(_Delivery.digest_pk),
            col(earlier.part) < col(_Delivery.part),
            col(earlier.due_at).is_not(None),
        )
        .scalar_subquery()
    )


async def _claims(session: AsyncSession, pks: Sequence[int | None], worker: str) -> tuple[Claim, ...]:
    other = aliased(_Delivery)
    parts = select(func.count(col(other.pk))).where(col(other.digest_pk) == col(_Delivery.digest_pk)).scalar_subquery()
    rows = await session.execute(
        select(_Delivery, tables.Channel, tables.Workspace, col(tables.Digest.composed_at), parts)
        .join(tables.Channel, col(tables.Channel.pk) == col(_Delivery.channel_pk))
        .join(tables.Workspace, col(tables.Workspace.pk) == col(tables.Channel.workspace_pk))
        .join(tables.Digest, col(tables.Digest.pk) == col(_Delivery.digest_pk))
        .where(col(_Delivery.pk).in_(pks))
        .order_by(col(_Delivery.pk))
    )
    return tuple(
        Claim(
            row.pk or 0, row.digest_pk, as_channel(channel, workspace), row.key, row.part, count, row.attempts, worker,
            row.state in ("sending", "doubtful"), row.is_plain, composed_at,
        )
        for row, channel, workspace, composed_at, count in rows
    )  # fmt: skip


def _ours(claim: Claim, *, settles: bool = False) -> Any:
    """Whether the claim still stands: nobody has taken the message since."""
    is_ours = (col(_Delivery.worker) == claim.worker) & (col(_Delivery.attempts) == claim.attempt)
    stands = is_ours & col(_Delivery.due_at).is_not(None)
    return (col(_Delivery.pk) == claim.pk) & (or_(stands, _in_doubt) if settles else stands)


def _ended(claim: Claim, *, state: str, error: str, now: datetime) -> Any:
    over = update(_Delivery).where(_ours(claim)).values(state=state, due_at=None, error=error, changed_at=now)
    return over.returning(col(_Delivery.pk))


async def _skipped(session: AsyncSession, channel: Channel, why: str, now: datetime) -> Sequence[int | None]:
    """Skip what waits for the channel and is not under way; which deliveries those were."""
    waits = col(_Delivery.state).in_(("waiting", "doubtful")) & col(_Delivery.due_at).is_not(None)
    idle = update(_Delivery).where(col(_Delivery.channel_pk) == channel.pk, waits)
    skipped = idle.values(state="skipped", due_at=None, error=why, changed_at=now).returning(col(_Delivery.pk))
    return (await session.scalars(skipped)).all()


async def _bring_back(session: AsyncSession, pks: Sequence[int | None]) -> None:
    """The papers of these messages were not shown after all: the next digest looks at them again."""
    for pk in pks:
        row = await session.get_one(_Delivery, pk)
        digest = await session.get_one(tables.Digest, row.digest_pk)
        query = select(func.count(col(_Delivery.pk))).where(col(_Delivery.digest_pk) == digest.pk)
        kept = papers_of_part(digest.picks, await session.scalar(query) or 1, row.part)
        papers = [pick["paper"] for pick in kept if "paper" in pick]
        shown = (col(tables.Shown.digest_pk) == digest.pk) & col(tables.Shown.paper_pk).in_(papers)
        back = (await session.scalars(delete(tables.Shown).where(shown).returning(col(tables.Shown.paper_pk)))).all()
        came_in = select(func.min(col(tables.Paper.stored_at))).where(col(tables.Paper.pk).in_(back))
        channel = await session.get_one(tables.Channel, digest.channel_pk)
        if back and channel.looked_until and (first := await session.scalar(came_in)):
            channel.looked_until = min(channel.looked_until, first)
