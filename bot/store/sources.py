"""How each source stands: what was read last, what went wrong, when to look again, and which worker does so."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, cast, delete, insert, or_, select, update
from sqlmodel import col

from bot import tables
from bot.model import Follow
from bot.store.engine import Database

LEASE = timedelta(seconds=300)
_QUIET = timedelta(hours=6)  # a failure that is over sooner is nobody's business

_Source, _Follow = tables.SourceState, tables.Follow


@dataclass(frozen=True, slots=True)
class State:
    """How a source stands. title: what people call it. cursor: where to go on, as its poller put it down.

    failures: in a row. trouble: why the last look brought nothing, in words. stale_since: it tells nothing new since.
    """

    source: str
    title: str = ""
    etag: str = ""
    last_modified: str = ""
    cursor: str = ""
    last_success_at: datetime | None = None
    failures: int = 0
    trouble: str = ""
    stale_since: datetime | None = None
    next_poll_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether it is time to look again, or the clock was put back, so that nobody knows."""
        is_put_back = self.last_success_at is not None and self.last_success_at > now
        return self.next_poll_at is None or self.next_poll_at <= now or is_put_back


@dataclass(frozen=True, slots=True)
class Wanted:
    """What all channels follow, as far as it decides what is read. has_words: follows that any list may answer."""

    categories: tuple[str, ...] = ()
    feeds: tuple[str, ...] = field(default=())
    has_words: bool = False


_COLUMNS = tuple(one.name for one in fields(State))


class Sources:
    """The sources' states. A source is looked at by whoever has claimed it."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def all(self) -> tuple[State, ...]:
        """Every source that was ever looked at and is still wanted."""
        async with self._db.reading() as session:
            return tuple(_state(row) for row in await session.scalars(select(_Source).order_by(col(_Source.source))))

    async def claim(self, source: str, worker: str, now: datetime, *, due_only: bool) -> State | None:
        """The source's state, leased to `worker`; None where another holds it, or with `due_only` it is too early."""
        lease = col(_Source.lease_until)
        free = or_(lease.is_(None), lease <= now, lease > now + LEASE)  # beyond it, the clock was put back
        leased = (
            update(_Source).where(col(_Source.source) == source, free).values(worker=worker, lease_until=now + LEASE)
        )
        if due_only:
            poll, success = col(_Source.next_poll_at), col(_Source.last_success_at)
            leased = leased.where(or_(poll.is_(None), poll <= now, success > now))
        async with self._db.writing(f"source {source}") as session:
            if await session.get(_Source, source) is None:
                await session.execute(insert(_Source).values(source=source, **_EMPTY))
            if not (await session.scalars(leased.returning(col(_Source.source)))).first():
                return None
            return _state(await session.get_one(_Source, source, populate_existing=True))

    async def release(self, state: State, worker: str) -> bool:
        """Keep what came of a look and give the claim back; False, and nothing is kept, where the claim was lost."""
        values = {name: getattr(state, name) for name in _COLUMNS if name != "source"}
        kept = update(_Source).where(col(_Source.source) == state.source, col(_Source.worker) == worker)
        kept = kept.values(**values, worker="", lease_until=None).returning(col(_Source.source))
        async with self._db.writing() as session:
            return (await session.scalars(kept)).first() is not None

    async def keep_only(self, wanted: Collection[str]) -> None:
        """Forget the sources that nobody wants any more, and their troubles with them."""
        async with self._db.writing() as session:
            known = set(await session.scalars(select(col(_Source.source))))
            if gone := sorted(known - set(wanted)):
                await session.execute(delete(_Source).where(col(_Source.source).in_(gone)))

    async def wanted(self) -> Wanted:
        """What the channels follow that were not left."""
        here: Any = select(col(_Follow.pk)).join(tables.Channel).join(tables.Workspace)
        here = here.where(col(tables.Workspace.removed_at).is_(None), col(_Follow.kind) != "mute")
        kind = col(_Follow.kind)
        async with self._db.reading() as session:
            named = {
                one: tuple(sorted(await session.scalars(_distinct(here, col(column)).where(kind == one))))
                for one, column in (("category", _Follow.text), ("feed", _Follow.key))
            }
            filters = await session.scalars(_distinct(here, cast(col(_Follow.filters), String)))
            kept = sorted({category for said in filters for category in json.loads(said).get("categories", ())})
            words = here.where(kind.in_(("topic", "author", "venue", "like"))).limit(1)
            has_words = await session.scalar(words) is not None
        return Wanted(tuple(dict.fromkeys([*named["category"], *kept])), named["feed"], has_words)

    async def troubles(self, follows: Sequence[Follow], now: datetime, zone: str) -> tuple[str, ...]:
        """What a channel with these follows has to know of its sources: a sentence each, times in its zone."""
        return troubles_among(await self.all(), follows, now, zone)


def troubles_among(states: Sequence[State], follows: Sequence[Follow], now: datetime, zone: str) -> tuple[str, ...]:
    """The same, of sources that are at hand."""
    found = (state for state in states if _is_trouble(state, now) and _matters(state, follows))
    return tuple(sentence(state, zone) for state in found)


def sentence(state: State, zone: str) -> str:
    """What is wrong with a source, and when it is looked at again: `arXiv's cs.AI list looks like yesterday's ...`."""
    why = state.trouble.rstrip(".")
    said = why if not state.failures else f"could not be read: {why}"
    again = ""
    if state.next_poll_at:
        again = f" I'll look again at {state.next_poll_at.astimezone(ZoneInfo(zone)):%H:%M}."
    return f"{state.title or state.source} {said}.{again}"


def _is_trouble(state: State, now: datetime) -> bool:
    if not state.trouble:
        return False
    return not state.failures or state.last_success_at is None or now - state.last_success_at > _QUIET


def _matters(state: State, follows: Sequence[Follow]) -> bool:
    kind, _, name = state.source.partition(":")
    match kind:
        case "feed":
            return any(follow.kind == "feed" and follow.key == name for follow in follows)
        case "huggingface":
            return any(follow.kind == "trending" for follow in follows)
        case "arxiv":
            return any(_reads(follow, name) for follow in follows)
        case _:
            return False


def _reads(follow: Follow, category: str) -> bool:
    """Whether papers of an arXiv category can answer the follow."""
    if follow.kind in ("feed", "trending", "mute"):
        return False
    named = (follow.text,) if follow.kind == "category" else follow.filters.categories
    return not named or any(_covers(one, category) or _covers(category, one) for one in named)


def _covers(one: str, other: str) -> bool:
    return one.casefold() == other.casefold() or other.casefold().startswith(f"{one.casefold()}.")


def _distinct(here: Any, column: Any) -> Any:
    return here.with_only_columns(column).distinct()


_EMPTY = {name: getattr(State(""), name) for name in _COLUMNS if name != "source"} | {"worker": "", "lease_until": None}


def _state(row: tables.SourceState) -> State:
    return State(**{name: getattr(row, name) for name in _COLUMNS})
