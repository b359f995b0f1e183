"""Where a channel's webhook is: a workspace of its own, called as the channel is, with one place in it."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import WEBHOOK, ChannelRef
from bot.model import Channel
from bot.store.tokens import subject_of

PLACE = "digests"


def place_of(channel: Channel) -> ChannelRef:
    """The webhook of the channel, as a channel."""
    home = subject_of(ChannelRef(channel.platform, channel.workspace, channel.platform_id, kind=channel.kind))
    return ChannelRef(WEBHOOK, home, PLACE, channel.name)


async def forget_hook(session: AsyncSession, channel: Channel) -> None:
    """Delete the channel's webhook, inside a transaction that is under way."""
    home, there = tables.Workspace, tables.Channel
    row = await session.scalar(
        select(home).where(col(home.platform) == WEBHOOK, col(home.platform_id) == place_of(channel).workspace)
    )
    if row is not None:
        await session.execute(delete(there).where(col(there.workspace_pk) == row.pk))
        await session.delete(row)
