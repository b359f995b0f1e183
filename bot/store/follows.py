"""What each channel follows and mutes, with the changes that led there, so that each can be looked up and undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel, Filters, Follow
from bot.store.engine import Database

FORMER_MEMBER = "a former member"


@dataclass(frozen=True, slots=True)
class Who:
    """The person who changes something: a key that is theirs alone, and a name to show."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed in a channel."""

    pk: int
    by: str
    what: str
    at: datetime
    undone: bool


class Follows:
    """The follows of channels. Every change is written with what takes it back, in one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, channel: Channel, *kinds: str) -> tuple[Follow, ...]:
        """What the channel follows (mutes only when asked for by kind), oldest first."""
        wanted = col(tables.Follow.kind).in_(kinds) if kinds else col(tables.Follow.kind) != "mute"
        query = select(tables.Follow).where(col(tables.Follow.channel_pk) == channel.pk, wanted)
        async with self._db.reading() as session:
            return tuple(_as_follow(row) for row in await session.scalars(query.order_by(col(tables.Follow.pk))))

    async def add(self, channel: Channel, wanted: Sequence[Follow], who: Who, now: datetime) -> tuple[bool, ...]:
        """Add each that is not there yet, as one change; which of them are new. Saying it twice changes nothing."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            new = []
            for follow in wanted:
                known = await _find(session, channel, follow)
                new.append(known is None)
                if known is None:
                    session.add(_row(channel, follow, who, now))
                    await session.flush()
            added = [follow for follow, is_new in zip(wanted, new, strict=True) if is_new]
            if added:
                remove = [[follow.kind, follow.key] for follow in added]
                session.add(_change(channel, who, now, _verb(added, "followed", "muted"), {"remove": remove}))
            return tuple(new)

    async def refilter(self, channel: Channel, follow: Follow, filters: Filters, who: Who, now: datetime) -> None:
        """Give a follow other filters."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            row = await _find(session, channel, follow)
            if row is not None:
                session.add(
                    _change(channel, who, now, f"changed the filters of {follow.name}", {"restore": [_kept(row)]})
                )
                row.filters = _filters_out(filters)

    async def remove(self, channel: Channel, unwanted: Sequence[Follow], who: Who, now: datetime) -> None:
        """Take these away, as one change; those that are gone already are passed over."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            rows = [row for follow in unwanted if (row := await _find(session, channel, follow))]
            if rows:
                what = _verb([_as_follow(row) for row in rows], "unfollowed", "unmuted")
                session.add(_change(channel, who, now, what, {"restore": [_kept(row) for row in rows]}))
            for row in rows:
                await session.delete(row)

    async def changes(self, channel: Channel, most: int = 50) -> tuple[Change, ...]:
        """The channel's last changes, newest first."""
        query = select(tables.Change).where(col(tables.Change.channel_pk) == channel.pk)
        async with self._db.reading() as session:
            rows = await session.scalars(query.order_by(col(tables.Change.pk).desc()).limit(most))
            return tuple(_as_change(row) for row in rows)

    async def undo(self, channel: Channel, change: Change, who: Who, now: datetime) -> bool:
        """Take one change back, as a change of its own; False where it was taken back before."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            row = await session.get(tables.Change, change.pk)
            if row is None or row.channel_pk != channel.pk or row.undone_at is not None:
                return False
            row.undone_at = now
            again: dict[str, Any] = {"remove": [], "restore": []}
            for kind, key in row.undo.get("remove", ()):
                if gone := await _find_key(session, channel, kind, key):
                    again["restore"].append(_kept(gone))
                    await session.delete(gone)
            await session.flush()
            for kept in row.undo.get("restore", ()):
                if there := await _find_key(session, channel, kept["kind"], kept["key"]):
                    again["restore"].append(_kept(there))
                    await session.delete(there)
                    await session.flush()
                else:
                    again["remove"].append([kept["kind"], kept["key"]])
                session.add(_restored(channel, kept))
            session.add(_change(channel, who, now, f"took back: {row.what}", again))
            return True

    async def forget(self, key: str) -> int:
        """Take a person's name off what they added and changed; the follows stay. How many rows named them."""
        async with self._db.writing() as session:
            adder = {"added_by": "", "added_by_name": FORMER_MEMBER}
            follows = update(tables.Follow).where(col(tables.Follow.added_by) == key).values(**adder)
            changed = {"user": "", "user_name": FORMER_MEMBER}
            changes = update(tables.Change).where(col(tables.Change.user) == key).values(**changed)
            touched = 0
            for statement in (follows, changes):
                touched += (await session.execute(statement)).rowcount  # type: ignore[attr-defined]
            for row in await session.scalars(select(tables.Change)):
                row.undo = _without_person(row.undo, key)
            return touched

    async def added_by(self, key: str) -> tuple[Follow, ...]:
        """What this person has added, anywhere."""
        query = select(tables.Follow).where(col(tables.Follow.added_by) == key).order_by(col(tables.Follow.pk))
        async with self._db.reading() as session:
            return tuple(_as_follow(row) for row in await session.scalars(query))


async def _find(session: AsyncSession, channel: Channel, follow: Follow) -> tables.Follow | None:
    return await _find_key(session, channel, follow.kind, follow.key)


async def _find_key(session: AsyncSession, channel: Channel, kind: str, key: str) -> tables.Follow | None:
    query = select(tables.Follow).where(
        col(tables.Follow.channel_pk) == channel.pk, col(tables.Follow.kind) == kind, col(tables.Follow.key) == key
    )
    found: tables.Follow | None = await session.scalar(query)
    return found


def _row(channel: Channel, follow: Follow, who: Who, now: datetime) -> tables.Follow:
    return tables.Follow(
        channel_pk=channel.pk,
        kind=follow.kind,
        text=follow.text,
        key=follow.key,
        filters=_filters_out(follow.filters),
        added_by=who.key,
        added_by_name=who.name,
        added_at=now,
    )


def _kept(row: tables.Follow) -> dict[str, Any]:
    kept = row.model_dump(exclude={"pk", "channel_pk"})
    return {**kept, "added_at": row.added_at.isoformat()}


def _restored(channel: Channel, kept: dict[str, Any]) -> tables.Follow:
    return tables.Follow(channel_pk=channel.pk, **{**kept, "added_at": datetime.fromisoformat(kept["added_at"])})


def _without_person(undo: dict[str, Any], key: str) -> dict[str, Any]:
    restore = [
        {**kept, "added_by": "", "added_by_name": FORMER_MEMBER} if kept["added_by"] == key else kept
        for kept in undo.get("restore", ())
    ]
    return {**undo, "restore": restore} if restore else undo


def _change(channel: Channel, who: Who, now: datetime, what: str, undo: dict[str, Any]) -> tables.Change:
    return tables.Change(channel_pk=channel.pk, user=who.key, user_name=who.name, what=what, undo=undo, at=now)


def _verb(follows: Iterable[Follow], followed: str, muted: str) -> str:
    listed = tuple(follows)
    verb = muted if all(follow.kind == "mute" for follow in listed) else followed
    return f"{verb} {', '.join(follow.name for follow in listed)}"


def _filters_out(filters: Filters) -> dict[str, Any]:
    said = {
        "categories": list(filters.categories),
        "words": list(filters.words),
        "authors": list(filters.authors),
        "top": filters.top,
    }
    return {name: value for name, value in said.items() if value}


def _as_follow(row: tables.Follow) -> Follow:
    said = row.filters
    filters = Filters(
        tuple(said.get("categories", ())), tuple(said.get("words", ())), tuple(said.get("authors", ())), said.get("top")
    )
    return Follow(
        kind=row.kind,  # type: ignore[arg-type]
        text=row.text,
        key=row.key,
        filters=filters,
        pk=row.pk or 0,
        added_by=row.added_by_name or FORMER_MEMBER,
        added_at=row.added_at,
    )


def _as_change(row: tables.Change) -> Change:
    return Change(row.pk or 0, row.user_name or FORMER_MEMBER, row.what, row.at, row.undone_at is not None)
