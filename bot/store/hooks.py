"""Where a channel's digests are sent besides: a place of its own beside the channel, whose address is kept sealed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import WEBHOOK
from bot.model import Channel
from bot.store.beside import PLACE, forget_hook, place_of
from bot.store.channels import as_channel
from bot.store.engine import Database
from bot.store.follows import Who
from bot.store.keys import delivery_key
from bot.store.notes import put_note

_MIRRORED = ("asked", "daily", "weekly", "monthly", "away")  # what holds papers


class Hooks:
    """The webhooks: one a channel at most."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def put(self, channel: Channel, sealed: str, hello: str, who: Who, now: datetime) -> None:
        """Send the channel's digests there from now on, in place of where they were sent; `hello` at once."""
        place = place_of(channel)
        async with self._db.writing(f"channels of {WEBHOOK} {place.workspace}") as session:
            home = tables.Workspace
            row = await session.scalar(
                select(home).where(col(home.platform) == WEBHOOK, col(home.platform_id) == place.workspace)
            )
            row = row or tables.Workspace(platform=WEBHOOK, platform_id=place.workspace)
            row.name, row.token, row.removed_at = channel.name, sealed, None
            session.add(row)
            await session.flush()
            there = await session.scalar(select(tables.Channel).where(col(tables.Channel.workspace_pk) == row.pk))
            there = there or tables.Channel(workspace_pk=row.pk or 0, platform_id=PLACE)
            there.name, there.zone, there.set_up_by = channel.name, channel.zone, who.key
            there.paused_until, there.pause_reason = None, ""
            session.add(there)
            await session.flush()
            await put_note(session, as_channel(there, row), f"{now.isoformat()} hello", hello, now)

    async def of(self, channel: Channel) -> str:
        """The sealed address that the channel's digests are sent to; nothing where there is none."""
        async with self._db.reading() as session:
            found = await _homes(session, [channel])
            return found[0].token if found else ""

    async def end(self, channel: Channel) -> None:
        """Send the channel's digests nowhere else any more; what waits to be sent there is dropped."""
        async with self._db.writing(f"channels of {WEBHOOK} {place_of(channel).workspace}") as session:
            await forget_hook(session, channel)


async def mirror(session: AsyncSession, frozen: Sequence[tuple[Channel, tables.Digest]], now: datetime) -> None:
    """Put these digests in the outbox of their channels' webhooks too, inside a transaction that is under way."""
    digests = {place_of(channel).workspace: one for channel, one in frozen if one.kind in _MIRRORED and one.picks}
    homes = await _homes(session, [channel for channel, _ in frozen if place_of(channel).workspace in digests])
    for home in homes:
        there = await session.scalar(select(tables.Channel).where(col(tables.Channel.workspace_pk) == home.pk))
        if there is not None:
            await _copy(session, as_channel(there, home), digests[home.platform_id], now)


async def _homes(session: AsyncSession, channels: Sequence[Channel]) -> Sequence[tables.Workspace]:
    home = tables.Workspace
    if not channels:
        return ()
    names = [place_of(channel).workspace for channel in channels]
    there = (col(home.platform) == WEBHOOK, col(home.platform_id).in_(names), col(home.removed_at).is_(None))
    return (await session.scalars(select(home).where(*there))).all()


async def _copy(session: AsyncSession, hook: Channel, digest: tables.Digest, now: datetime) -> None:
    taken = select(col(tables.Digest.pk)).where(
        col(tables.Digest.channel_pk) == hook.pk, col(tables.Digest.slot) == digest.slot
    )
    if await session.scalar(taken) is not None:
        return
    copied = digest.model_dump(exclude={"pk", "channel_pk"}) | {"channel_pk": hook.pk}
    row = tables.Digest(**copied)
    session.add(row)
    await session.flush()
    assert row.pk is not None  # it was flushed
    session.add(
        tables.Delivery(
            digest_pk=row.pk, channel_pk=hook.pk, platform=WEBHOOK, key=delivery_key(hook, digest.slot, now, 0),
            due_at=now, changed_at=now,
        )
    )  # fmt: skip
