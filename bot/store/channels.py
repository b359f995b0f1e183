"""Channels and the workspaces they belong to: known from the first time somebody speaks there."""

from datetime import datetime, time
from typing import Any, NamedTuple, cast

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.model import Channel, ChannelKind
from bot.store.beside import forget_hook
from bot.store.engine import Database
from bot.store.follows import Who, noted, set_columns
from bot.store.tokens import forget_tokens

SIZE = 5  # papers a digest, unless the channel says otherwise


class _Home(NamedTuple):
    """What a channel has to know of its workspace."""

    platform: str
    platform_id: str


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
_HOME = select(col(tables.Workspace.pk)).where(
    col(tables.Workspace.platform) == bindparam("platform"), col(tables.Workspace.platform_id) == bindparam("workspace")
)
_NEW_HOME = insert(tables.Workspace).returning(col(tables.Workspace.pk))
_BLANK = tables.Channel(workspace_pk=0, platform_id="").model_dump(exclude={"pk"})
_ALONE = _NAMED.with_only_columns(tables.Channel)


class Channels:
    """Where digests go."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def find(self, ref: ChannelRef) -> Channel | None:
        """The channel that a platform calls so, if anybody has spoken there yet."""
        return await self._known(ref)

    async def of_id(self, beside: Channel, id: str) -> Channel | None:
        """The channel of that id in the same workspace, if anybody has spoken there yet; nobody's direct messages."""
        return await self.find(ChannelRef(beside.platform, beside.workspace, id))

    async def of(self, ref: ChannelRef, *, zone: str = "UTC") -> Channel:
        """The channel that a platform calls so, made on first sight; a new name replaces the old one."""
        known = await self._known(ref)
        if known and ref.name in ("", known.name):
            return known

        async def made(session: AsyncSession) -> Channel:
            connection = await session.connection()
            if found := (await connection.execute(_ALONE, _place(ref))).first():
                renamed = update(tables.Channel).where(col(tables.Channel.pk) == found.pk)
                await connection.execute(renamed.values(name=ref.name or found.name))
            else:
                row = {"workspace_pk": await _home_of(connection, ref), "platform_id": ref.id, "kind": ref.kind}
                row |= {"name": ref.name or ref.id, "zone": zone}
                await connection.execute(insert(tables.Channel), _BLANK | row)
            return as_channel((await connection.execute(_ALONE, _place(ref))).one(), _Home(ref.platform, ref.workspace))

        return await self._db.write(made, f"channels of {ref.platform} {ref.workspace}")

    async def _known(self, ref: ChannelRef) -> Channel | None:
        async with self._db.glancing() as connection:
            found = (await connection.execute(_ALONE, _place(ref))).first()
            return as_channel(found, _Home(ref.platform, ref.workspace)) if found else None

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


async def _home_of(connection: AsyncConnection, ref: ChannelRef) -> int:
    """The number (pk) of the channel's workspace, made on first sight."""
    known: int | None = await connection.scalar(_HOME, {"platform": ref.platform, "workspace": ref.workspace})
    if known is None:
        row = tables.Workspace(platform=ref.platform, platform_id=ref.workspace)
        known = await connection.scalar(_NEW_HOME, row.model_dump(exclude={"pk"}))
    assert known is not None  # it was inserted
    return known


async def found_in(session: AsyncSession, ref: ChannelRef) -> tuple[tables.Channel, tables.Workspace] | None:
    """The channel's row and its workspace's, if anybody has spoken there yet."""
    found = (await session.execute(_NAMED, _place(ref))).first()
    return (found[0], found[1]) if found else None


def _place(ref: ChannelRef) -> dict[str, str]:
    return {"platform": ref.platform, "workspace": ref.workspace, "kind": ref.kind, "id": ref.id}


def as_channel(row: tables.Channel | Row[Any], workspace: tables.Workspace | _Home) -> Channel:
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
