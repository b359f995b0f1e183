"""Channels and the workspaces they belong to: known from the first time somebody speaks there."""

from datetime import datetime, time
from typing import cast

from sqlalchemy import bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Channel, ChannelKind
from bot.store.beside import forget_hook
from bot.store.engine import Database
from bot.store.follows import Who, noted, set_columns
from bot.store.tokens import forget_tokens

SIZE = 5  # papers a digest, unless the channel says otherwise


_NAMED = (
    select(tables.Channel, tables.Workspace)
    .join(tables.Workspace)
    .where(
        col(tables.Workspace.platform) == bindparam("platform"),
        col(tables.Workspace.platform_id) == bindparam("workspace"),
        col(tables.Channel.kind) == bindparam("kind"),
        col(tables.Channel.platform_id) == bindparam("id"),
    )
)


class Channels:
    """Where digests go."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, ref: ChannelRef) -> Channel | None:
        """The channel that a platform calls so, if anybody has spoken there yet."""
        async with self._db.reading() as session:
            found = await found_in(session, ref)
            return as_channel(*found) if found else None

    async def of_id(self, beside: Channel, id: str) -> Channel | None:
        """The channel of that id in the same workspace, if anybody has spoken there yet; nobody's direct messages."""
        return await self.find(ChannelRef(beside.platform, beside.workspace, id))

    async def of(self, ref: ChannelRef, *, zone: str = "UTC") -> Channel:
        """The channel that a platform calls so, made on first sight; a new name replaces the old one."""
        async with self._db.reading() as session:
            found = await found_in(session, ref)
            if found and (not ref.name or found[0].name == ref.name):
                return as_channel(*found)
        async with self._db.writing(f"channels of {ref.platform} {ref.workspace}") as session:
            found = await found_in(session, ref)
            if found:
                row, workspace = found
                row.name = ref.name or row.name
                return as_channel(row, workspace)
            place = select(tables.Workspace).where(
                col(tables.Workspace.platform) == ref.platform, col(tables.Workspace.platform_id) == ref.workspace
            )
            home = await session.scalar(place)
            if home is None:
                home = tables.Workspace(platform=ref.platform, platform_id=ref.workspace)
                session.add(home)
                await session.flush()
            assert home.pk is not None  # it was flushed
            row = tables.Channel(
                workspace_pk=home.pk, platform_id=ref.id, name=ref.name or ref.id, kind=ref.kind, zone=zone
            )
            session.add(row)
            await session.flush()
            return as_channel(row, home)

    async def link_of(self, channel: Channel) -> str:
        """What names the channel in its secret link; nothing where it has none."""
        async with self._db.reading() as session:
            return (
                await session.scalar(select(col(tables.Channel.link)).where(col(tables.Channel.pk) == channel.pk)) or ""
            )

    async def set_link(self, channel: Channel, link: str) -> None:
        """Let this name the channel from now on, and the one before no more; an empty one takes its link away."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            (await session.get_one(tables.Channel, channel.pk)).link = link

    async def of_link(self, link: str) -> Channel | None:
        """The channel that is named so in its secret link, unless its workspace was left."""
        here = select(tables.Channel, tables.Workspace).join(tables.Workspace)
        here = here.where(col(tables.Channel.link) == link, col(tables.Workspace.removed_at).is_(None))
        async with self._db.reading() as session:
            found = (await session.execute(here)).first() if link else None
            return as_channel(found[0], found[1]) if found else None

    async def purge(self, channel: Channel) -> None:
        """Delete the channel with all that belongs to it: follows, schedules, digests, what was shown, changes."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            await session.execute(delete(tables.Channel).where(col(tables.Channel.pk) == channel.pk))
            await forget_tokens(session, channel)
            await forget_hook(session, channel)

    async def set_managers(self, channel: Channel, managers: str, who: Who, now: datetime, what: str) -> int:
        """Give the channel another rule on who may change it; the number of the change, which `what` tells."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            before = await set_columns(session, channel, {"managers": managers})
            return await noted(session, channel, who, now, what, {"channel": before})


async def found_in(session: AsyncSession, ref: ChannelRef) -> tuple[tables.Channel, tables.Workspace] | None:
    """The channel's row and its workspace's, if anybody has spoken there yet."""
    place = {"platform": ref.platform, "workspace": ref.workspace, "kind": ref.kind, "id": ref.id}
    found = (await session.execute(_NAMED, place)).first()
    return (found[0], found[1]) if found else None


def as_channel(row: tables.Channel, workspace: tables.Workspace) -> Channel:
    """The stored row as a value."""
    assert row.pk is not None
    return Channel(
        pk=row.pk,
        platform=workspace.platform,
        workspace=workspace.platform_id,
        platform_id=row.platform_id,
        name=row.name,
        kind=cast(ChannelKind, row.kind),
        zone=row.zone,
        size=int(row.settings.get("size", SIZE)),
        layout=row.settings.get("layout", "compact"),
        quiet_days=row.settings.get("quiet_days", "say"),
        hours=_hours(row.settings.get("hours")),
        least=int(row.settings.get("least", 1)),
        paused_until=row.paused_until,
        pause_reason=row.pause_reason,
        looked_until=row.looked_until,
        was_quiet=row.was_quiet,
        set_up_by=row.set_up_by,
        managers=row.managers,
        pinned=tuple(row.settings.get("pinned", ())),
        removed=tuple(row.settings.get("removed", ())),
    )


def _hours(kept: list[str] | None) -> tuple[time, time] | None:
    return (time.fromisoformat(kept[0]), time.fromisoformat(kept[1])) if kept else None
