"""Which channels and workspaces can be reached: lost when the platform says so, and found again with all they had."""

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import FOREVER, Channel
from bot.store.channels import named
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
            ChannelRef(
                platform, workspace.platform_id, row.platform_id, row.name, "dm" if row.kind == "dm" else "channel"
            )
            for row, workspace in found
        )

    async def back(self, ref: ChannelRef) -> bool:
        """Go on with a channel that was paused because it could not be reached; True where it was."""
        async with self._db.writing() as session:
            found = (await session.execute(named(ref))).first()
            if not found or not found[0].pause_reason:
                return False
            found[0].paused_until, found[0].pause_reason = None, ""
            return True

    async def left(self, platform: str, workspace: str, at: datetime) -> None:
        """Post nothing in the workspace any more; what it had is kept for as long as retention says."""
        await self._set_removed(platform, workspace, at)

    async def joined(self, platform: str, workspace: str) -> None:
        """Take the workspace as one that was never left."""
        was_left = select(col(tables.Workspace.removed_at)).where(_workspace(platform, workspace))
        async with self._db.reading() as session:
            if await session.scalar(was_left) is None:
                return
        await self._set_removed(platform, workspace, None)

    async def _set_removed(self, platform: str, workspace: str, at: datetime | None) -> None:
        async with self._db.writing(f"workspace {platform} {workspace}") as session:
            removed = update(tables.Workspace).where(_workspace(platform, workspace)).values(removed_at=at)
            await session.execute(removed)


async def pause(session: AsyncSession, channel: Channel, why: str) -> bool:
    """Pause the channel until it can be reached; True where it was not paused for that before."""
    row = await session.get_one(tables.Channel, channel.pk)
    is_news = not row.pause_reason
    row.paused_until, row.pause_reason = FOREVER, why
    return is_news


def _workspace(platform: str, workspace: str) -> Any:
    return (col(tables.Workspace.platform) == platform) & (col(tables.Workspace.platform_id) == workspace)
