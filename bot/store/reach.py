"""Which channels and workspaces can be reached: lost when the platform says so, and found again with all they had."""

from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import FOREVER, Channel, ChannelKind
from bot.store.channels import found_in
from bot.store.engine import Database
from bot.store.notes import put_note


class Reach:
    """What a platform tells of where we are let in."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def lost(self, channel: Channel, why: str, tell: Channel | None, note: str, now: datetime) -> bool:
        """Pause a channel that can't be reached; True where that is news, of which `note` tells another one."""
        async with self._db.writing() as session:
            is_news = await pause(session, channel, why)
            if is_news and tell:
                await put_note(session, tell, f"{now.date()} unreachable {channel.pk}", note, now)
            return is_news

    async def unreachable(self, platform: str) -> tuple[ChannelRef, ...]:
        """The platform's channels that are paused because they can't be reached."""
        query = (
            select(tables.Channel, tables.Workspace)
            .join(tables.Workspace)
            .where(col(tables.Workspace.platform) == platform, col(tables.Channel.pause_reason) != "")
        )
        async with self._db.reading() as session:
            found = (await session.execute(query)).all()
        return tuple(
            ChannelRef(platform, workspace.platform_id, row.platform_id, row.name, cast(ChannelKind, row.kind))
            for row, workspace in found
        )

    async def back(self, ref: ChannelRef) -> bool:
        """Go on with a channel that was paused because it could not be reached; True where it was."""
        async with self._db.writing() as session:
            found = await found_in(session, ref)
            if not found or not found[0].pause_reason:
                return False
            found[0].paused_until, found[0].pause_reason = None, ""
            return True

    async def moved(self, ref: ChannelRef, id: str) -> bool:
        """Give the channel another id; False where it is not known, or where that id has follows of its own."""
        async with self._db.writing(f"channels of {ref.platform} {ref.workspace}") as session:
            found = await found_in(session, ref)
            there = await found_in(session, replace(ref, id=id))
            if not found:
                return False
            if there:
                its_own = select(col(tables.Follow.pk)).where(col(tables.Follow.channel_pk) == there[0].pk).limit(1)
                if await session.scalar(its_own):
                    return False
                await session.execute(delete(tables.Channel).where(col(tables.Channel.pk) == there[0].pk))
            found[0].platform_id = id
            return True

    async def left(self, platform: str, workspace: str, at: datetime) -> None:
        """Post nothing in the workspace any more; its token goes, the rest stays while retention says so."""
        await self._set(platform, workspace, removed_at=at, token="")

    async def joined(self, platform: str, workspace: str) -> None:
        """Take the workspace as one that was never left."""
        was_left = select(col(tables.Workspace.removed_at)).where(_known(platform, workspace))
        async with self._db.reading() as session:
            if await session.scalar(was_left) is None:
                return
        await self._set(platform, workspace, removed_at=None)

    async def token(self, platform: str, workspace: str) -> str:
        """The workspace's token, as its adapter sealed it; nothing where there is none."""
        async with self._db.reading() as session:
            found = await session.scalar(select(col(tables.Workspace.token)).where(_known(platform, workspace)))
            return found or ""

    async def save_token(self, platform: str, workspace: str, name: str, token: str) -> None:
        """Keep the token of a workspace that let us in, again it may be."""
        async with self._db.writing(f"channels of {platform} {workspace}") as session:
            row = await session.scalar(select(tables.Workspace).where(_known(platform, workspace)))
            row = row or tables.Workspace(platform=platform, platform_id=workspace)
            row.name, row.token, row.removed_at = name, token, None
            session.add(row)

    async def _set(self, platform: str, workspace: str, **values: Any) -> None:
        async with self._db.writing(f"workspace {platform} {workspace}") as session:
            await session.execute(update(tables.Workspace).where(_known(platform, workspace)).values(**values))


async def pause(session: AsyncSession, channel: Channel, why: str) -> bool:
    """Pause the channel until it can be reached; True where it was not paused for that before."""
    row = await session.get_one(tables.Channel, channel.pk)
    is_news = not row.pause_reason
    row.paused_until, row.pause_reason = FOREVER, why
    return is_news


def _known(platform: str, workspace: str) -> ColumnElement[bool]:
    row = tables.Workspace
    return and_(col(row.platform) == platform, col(row.platform_id) == workspace)
