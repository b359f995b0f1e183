"""What was learned from a channel's reactions: kept, so that a digest need not wait for it."""

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlmodel import col

from bot import tables
from bot.model import Channel
from bot.store.channels import as_channel
from bot.store.engine import Database
from bot.store.profiles import Kept, is_out_of_date


class Tastes:
    """One taste a channel where somebody voted."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, channel: Channel) -> Kept | None:
        """What is kept of the channel."""
        async with self._db.reading() as session:
            row = await session.get(tables.Taste, channel.pk)
            return Kept(row.version, row.weights.decode(), row.papers, row.fitted_at, row.mark) if row else None

    async def keep(self, channel: Channel, kept: Kept) -> None:
        """Keep a channel's taste in place of the one before, unless the channel is gone."""
        async with self._db.writing(f"taste {channel.pk}") as session:
            if await session.get(tables.Channel, channel.pk) is None:
                return
            weights = kept.weights.encode()
            await session.merge(
                tables.Taste(
                    channel_pk=channel.pk,
                    version=kept.version,
                    mark=kept.mark,
                    weights=weights,
                    papers=kept.papers,
                    fitted_at=kept.fitted_at,
                )
            )

    async def missing(self, version: str, since: datetime, papers: int, most: int) -> tuple[Channel, ...]:
        """Channels with votes of which nothing is kept, or only what is older than a vote or than `since`."""
        kept = tables.Taste
        voted = (
            select(col(tables.Feedback.channel_pk), func.max(col(tables.Feedback.at)).label("at"))
            .group_by(col(tables.Feedback.channel_pk))
            .subquery()
        )
        is_old = or_(is_out_of_date(kept, version, since, papers), col(kept.fitted_at) < voted.c.at)
        query = (
            select(tables.Channel, tables.Workspace)
            .join(tables.Workspace)
            .join(voted, voted.c.channel_pk == col(tables.Channel.pk))
            .outerjoin(kept, col(kept.channel_pk) == col(tables.Channel.pk))
            .where(is_old)
            .order_by(col(tables.Channel.pk))
            .limit(most)
        )
        async with self._db.reading() as session:
            return tuple(as_channel(channel, workspace) for channel, workspace in await session.execute(query))
