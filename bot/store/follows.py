"""What each channel follows and mutes, with the changes that led there, so that each can be looked up and undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Row, bindparam, insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.model import Channel, Filters, Follow, FollowKind
from bot.store.engine import Database
from bot.store.timetable import move_on, replace_schedules

_HERE = select(tables.Follow).where(col(tables.Follow.channel_pk) == bindparam("channel"))
_ALL_BUT_MUTES = _HERE.where(col(tables.Follow.kind) != "mute").order_by(col(tables.Follow.pk))
_OF_KINDS = _HERE.where(col(tables.Follow.kind).in_(bindparam("kinds", expanding=True))).order_by(col(tables.Follow.pk))
_NAMED = _HERE.where(col(tables.Follow.kind) == bindparam("kind"), col(tables.Follow.key) == bindparam("key"))
_FOLLOW = insert(tables.Follow)
_CHANGE = insert(tables.Change).returning(col(tables.Change.pk))
FORMER_MEMBER = "a former member"


@dataclass(frozen=True, slots=True)
class Who:
    """The person who changes something: a key that is theirs alone, and a name to show."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed in a channel. by_key: of the person, empty once they are forgotten."""

    pk: int
    by: str
    by_key: str
    what: str
    at: datetime
    undone: bool
    takes_back: bool  # it is itself an undo


@dataclass(frozen=True, slots=True)
class Added:
    """Which of the follows asked for are new, and the number of the change that added them, 0 if none is."""

    new: tuple[bool, ...]
    change: int = 0


class Follows:
    """The follows of channels. Every change is written with what takes it back, in one transaction."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, channel: Channel, *kinds: str) -> tuple[Follow, ...]:
        """What the channel follows (mutes only when asked for by kind), oldest first."""
        query = _OF_KINDS if kinds else _ALL_BUT_MUTES
        here = {"channel": channel.pk, **({"kinds": kinds} if kinds else {})}
        async with self._db.glancing() as connection:
            return tuple(as_follow(row) for row in await connection.execute(query, here))

    async def add(
        self, channel: Channel, wanted: Sequence[Follow], who: Who, now: datetime, instead: Follow | None = None
    ) -> Added:
        """Add each that is not there yet, and take `instead` away, as one change. Saying it twice changes nothing."""

        async def added(session: AsyncSession) -> Added:
            connection = await session.connection()
            new = []
            for follow in wanted:
                is_known = await connection.scalar(_NAMED, _name(channel, follow.kind, follow.key)) is not None
                new.append(not is_known)
                if not is_known:
                    await connection.execute(_FOLLOW, _row(channel, follow, who, now))
            fresh = [follow for follow, is_new in zip(wanted, new, strict=True) if is_new]
            gone = await _find(session, channel, instead) if instead else None
            if not fresh and gone is None:
                return Added(tuple(new))
            undo: dict[str, Any] = {"remove": [[follow.kind, follow.key] for follow in fresh]}
            what = _verb(fresh or wanted, "followed", "muted")
            if gone is not None:
                undo["restore"], what = [_kept(gone)], f"{what} instead of {as_follow(gone).name}"
                await session.delete(gone)
            return Added(tuple(new), await noted(session, channel, who, now, what, undo))

        return await self._db.write(added, f"follows of {channel.pk}")

    async def refilter(self, channel: Channel, follow: Follow, filters: Filters, who: Who, now: datetime) -> int:
        """Give a follow other filters; the change's number, 0 where the follow is gone."""
        what = f"changed the filters of {follow.name}"
        return await self._alter(channel, follow, {"filters": _filters_out(filters)}, who, now, what)

    async def set_notify(
        self, channel: Channel, follow: Follow, groups: Sequence[str], who: Who, now: datetime, what: str
    ) -> int:
        """Have a follow ping other groups; the change's number, 0 where the follow is gone."""
        return await self._alter(channel, follow, {"notify": list(groups)}, who, now, what)

    async def remove(self, channel: Channel, unwanted: Sequence[Follow], who: Who, now: datetime) -> int:
        """Take these away, as one change; its number, 0 where all of them were gone already."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            rows = [row for follow in unwanted if (row := await _find(session, channel, follow))]
            undo = {"restore": [_kept(row) for row in rows]}
            what = _verb([as_follow(row) for row in rows], "unfollowed", "unmuted")
            for row in rows:
                await session.delete(row)
            return await noted(session, channel, who, now, what, undo) if rows else 0

    async def changes(self, channel: Channel, most: int = 50) -> tuple[Change, ...]:
        """The channel's last changes, newest first."""
        query = select(tables.Change).where(col(tables.Change.channel_pk) == channel.pk)
        async with self._db.reading() as session:
            rows = await session.scalars(query.order_by(col(tables.Change.pk).desc()).limit(most))
            return tuple(_as_change(row) for row in rows)

    async def _alter(
        self, channel: Channel, follow: Follow, columns: dict[str, Any], who: Who, now: datetime, what: str
    ) -> int:
        async with self._db.writing(f"follows of {channel.pk}") as session:
            row = await _find(session, channel, follow)
            if row is None:
                return 0
            undo = {"restore": [_kept(row)]}
            for name, value in columns.items():
                setattr(row, name, value)
            return await noted(session, channel, who, now, what, undo)

    async def undo(self, channel: Channel, change: Change, who: Who, now: datetime) -> bool:
        """Take one change back, as a change of its own; False where it was taken back before."""
        async with self._db.writing(f"follows of {channel.pk}") as session:
            row = await session.get(tables.Change, change.pk)
            if row is None or row.channel_pk != channel.pk or row.undone_at is not None:
                return False
            row.undone_at = now
            again: dict[str, Any] = {"takes_back": change.pk, "remove": [], "restore": []}
            for kind, key in row.undo.get("remove", ()):
                if gone := await _find_key(session, channel, kind, key):
                    again["restore"].append(_kept(gone))
                    await session.delete(gone)
            await session.flush()
            if "channel" in row.undo:
                again["channel"] = await set_columns(session, channel, row.undo["channel"])
            if "paused_until" in row.undo.get("channel", ()):
                await move_on(session, channel, now)
            if "schedules" in row.undo:
                again["schedules"] = await replace_schedules(session, channel, row.undo["schedules"], now)
            for kept in row.undo.get("restore", ()):
                if there := await _find_key(session, channel, kept["kind"], kept["key"]):
                    again["restore"].append(_kept(there))
                    await session.delete(there)
                    await session.flush()
                else:
                    again["remove"].append([kept["kind"], kept["key"]])
                session.add(tables.Follow(channel_pk=channel.pk, **_unkept(kept)))
            await noted(session, channel, who, now, f"took back: {row.what}", again)
            return True


async def _find(session: AsyncSession, channel: Channel, follow: Follow) -> tables.Follow | None:
    return await _find_key(session, channel, follow.kind, follow.key)


async def _find_key(session: AsyncSession, channel: Channel, kind: str, key: str) -> tables.Follow | None:
    found: tables.Follow | None = await session.scalar(_NAMED, _name(channel, kind, key))
    return found


def _name(channel: Channel, kind: str, key: str) -> dict[str, Any]:
    return {"channel": channel.pk, "kind": kind, "key": key}


def _row(channel: Channel, follow: Follow, who: Who, now: datetime) -> dict[str, Any]:
    return {
        "channel_pk": channel.pk,
        "kind": follow.kind,
        "text": follow.text,
        "key": follow.key,
        "filters": _filters_out(follow.filters),
        "notify": list(follow.notify),
        "added_by": who.key,
        "added_by_name": who.name,
        "added_at": now,
    }


def _kept(row: tables.Follow) -> dict[str, Any]:
    kept = row.model_dump(exclude={"pk", "channel_pk"})
    return {**kept, "added_at": row.added_at.isoformat()}


def _unkept(kept: dict[str, Any]) -> dict[str, Any]:
    return {**kept, "added_at": datetime.fromisoformat(kept["added_at"])}


async def set_columns(session: AsyncSession, channel: Channel, columns: dict[str, Any]) -> dict[str, Any]:
    """Give columns of the channel's row other values (as JSON holds them); returns the old ones, for taking it back."""
    row = await session.get_one(tables.Channel, channel.pk)
    before: dict[str, Any] = {}
    for name, value in columns.items():
        is_time = name == "paused_until"
        old = getattr(row, name)
        before[name] = old.isoformat() if is_time and old else old
        setattr(row, name, datetime.fromisoformat(value) if is_time and isinstance(value, str) else value)
    return before


async def noted(
    session: AsyncSession, channel: Channel, who: Who, now: datetime, what: str, undo: dict[str, Any]
) -> int:
    """Write down a change with what takes it back; its number."""
    row = {"channel_pk": channel.pk, "user": who.key, "user_name": who.name, "what": what, "undo": undo, "at": now}
    return await (await session.connection()).scalar(_CHANGE, row) or 0


def _verb(follows: Iterable[Follow], followed: str, muted: str) -> str:
    names: dict[str, list[str]] = {}
    for follow in follows:
        names.setdefault(muted if follow.kind == "mute" else followed, []).append(follow.name)
    return " and ".join(f"{verb} {', '.join(listed)}" for verb, listed in names.items())


def _filters_out(filters: Filters) -> dict[str, Any]:
    said = {
        "categories": list(filters.categories),
        "words": list(filters.words),
        "authors": list(filters.authors),
        "top": filters.top,
    }
    return {name: value for name, value in said.items() if value}


def as_follow(row: tables.Follow | Row[Any]) -> Follow:
    """The stored row as a value."""
    said = row.filters
    filters = Filters(
        tuple(said.get("categories", ())), tuple(said.get("words", ())), tuple(said.get("authors", ())), said.get("top")
    )
    return Follow(
        kind=cast(FollowKind, row.kind),
        text=row.text,
        key=row.key,
        filters=filters,
        pk=row.pk or 0,
        notify=tuple(row.notify),
        added_by=row.added_by_name or FORMER_MEMBER,
        added_by_key=row.added_by,
        added_at=row.added_at,
    )


def _as_change(row: tables.Change) -> Change:
    by, is_undone = row.user_name or FORMER_MEMBER, row.undone_at is not None
    return Change(row.pk or 0, by, row.user, row.what, row.at, is_undone, takes_back="takes_back" in row.undo)
