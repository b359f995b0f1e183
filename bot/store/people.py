"""Everything that is kept about one person: to hand over, or to forget."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import String, cast, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.adapter import ChannelRef
from bot.store.beside import forget_hook
from bot.store.channels import as_channel, found_in
from bot.store.engine import Database
from bot.store.follows import FORMER_MEMBER
from bot.store.tokens import forget_tokens


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted about a person. had_own: something came to them alone until now."""

    saved: int
    votes: int
    had_own: bool


class People:
    """People are known by a key: platform, workspace and the platform's own id."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def everything(self, key: str) -> dict[str, list[dict[str, str]]]:
        """All that is stored about a person: saved papers, votes, follows added, changes made."""
        async with self._db.reading() as session:
            return {
                "saved": await _papers(session, tables.Saved, key, ("state", "note", "at")),
                "votes": await _papers(session, tables.Feedback, key, ("sign", "at")),
                "follows": await _rows(
                    session, tables.Follow, tables.Follow.added_by, key, ("kind", "text", "added_at")
                ),
                "changes": await _rows(session, tables.Change, tables.Change.user, key, ("what", "at")),
            }

    async def forget(self, key: str, own: ChannelRef) -> Forgotten:
        """Delete a person's reading list, votes, what was learned of these, and `own` channel, and take their name off
        what they did elsewhere.

        What they followed in channels stays. All of it happens, or none.
        """
        async with self._db.writing() as session:
            saved, voted = tables.Saved, tables.Feedback
            lists = await session.execute(delete(saved).where(col(saved.user) == key).returning(col(saved.pk)))
            votes = await session.execute(delete(voted).where(col(voted.user) == key).returning(col(voted.channel_pk)))
            counts = [len(lists.all()), len(places := votes.scalars().all())]
            await session.execute(delete(tables.Taste).where(col(tables.Taste.channel_pk).in_(set(places))))
            for follow in await session.scalars(select(tables.Follow).where(col(tables.Follow.added_by) == key)):
                follow.added_by, follow.added_by_name = "", FORMER_MEMBER
            mentioned = cast(col(tables.Change.undo), String).contains(json.dumps(key)[1:-1], autoescape=True)
            theirs = (col(tables.Change.user) == key) | mentioned
            for change in await session.scalars(select(tables.Change).where(theirs).with_for_update()):
                if change.user == key:
                    change.user, change.user_name = "", FORMER_MEMBER
                change.undo = _without(change.undo, key)
            named_here = col(tables.Channel.set_up_by) == key
            await session.execute(update(tables.Channel).where(named_here).values(set_up_by=""))
            found = await found_in(session, own)
            if found:
                await session.delete(found[0])
                await forget_tokens(session, as_channel(*found))
                await forget_hook(session, as_channel(*found))
            return Forgotten(counts[0], counts[1], had_own=found is not None)


async def _papers(session: AsyncSession, table: Any, key: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    query = select(col(tables.Paper.id), col(tables.Paper.title), table).join(tables.Paper)
    return [
        {"id": paper_id, "title": title} | {name: _plain(getattr(row, name)) for name in columns}
        for paper_id, title, row in await session.execute(query.where(col(table.user) == key))
    ]


async def _rows(
    session: AsyncSession, table: Any, person: Any, key: str, columns: tuple[str, ...]
) -> list[dict[str, str]]:
    rows = await session.scalars(select(table).where(col(person) == key))
    return [{name: _plain(getattr(row, name)) for name in columns} for row in rows]


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _without(undo: dict[str, Any], key: str) -> dict[str, Any]:
    """What takes a change back, without the person's name in the follows that it would restore."""
    nobody = {"added_by": "", "added_by_name": FORMER_MEMBER}
    restore = [{**kept, **nobody} if kept["added_by"] == key else kept for kept in undo.get("restore", ())]
    return {**undo, "restore": restore} if restore else undo
