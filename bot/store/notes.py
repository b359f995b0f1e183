"""Messages of one sentence that wait to be posted: digests without papers."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel
from bot.store.keys import delivery_key


async def put_note(session: AsyncSession, channel: Channel, slot: str, note: str, now: datetime) -> bool:
    """Put `note` in the outbox, inside a transaction that is under way; False where the slot is taken."""
    same = select(tables.Digest).where(col(tables.Digest.channel_pk) == channel.pk, col(tables.Digest.slot) == slot)
    if await session.scalar(same) is not None:
        return False
    day = now.astimezone(ZoneInfo(channel.zone)).date()
    digest = tables.Digest(
        channel_pk=channel.pk, slot=slot, kind="note", day=day, note=note, due_at=now, composed_at=now
    )
    session.add(digest)
    await session.flush()
    assert digest.pk is not None  # it was flushed
    key = delivery_key(channel, slot, now, 0)
    session.add(
        tables.Delivery(
            digest_pk=digest.pk, channel_pk=channel.pk, platform=channel.platform, key=key, due_at=now, changed_at=now
        )
    )
    return True
