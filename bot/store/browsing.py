"""What the web page asks: which papers days have, what is said of them, and which of them are for everybody."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables
from bot.store.engine import Database
from bot.store.rows import batches
from bot.store.saving import FEED
from bot.store.sightings import Standing, standings
from bot.waiting import in_thread

_DAY = timedelta(days=1)
_AT_ONCE = 1_000  # rows of a number and a time: about 5 ms
_VOTED_DAYS = 31  # whose votes a mark looks at: later they hardly change

_Paper, _Sighting, _Alias = tables.Paper, tables.Sighting, tables.PaperAlias


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper (pk) of some days: when it was listed, and what is said of it."""

    pk: int
    listed_at: datetime
    standing: Standing


class Browsing:
    """Reads only, and only what is for everybody: a paper that nothing but a feed told of may be of a private one."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def listed(self, first: date, last: date) -> tuple[Listed, ...]:
        """The papers that were listed on these days (UTC) or stood on a list of theirs, in no order."""
        papers: Any = select(col(_Paper.pk), col(_Paper.listed_at)).where(col(_Paper.withdrawn).is_(False), is_public())
        on_lists = select(col(_Sighting.paper_pk)).where(_is_list(), col(_Sighting.day).between(first, last))
        async with self._db.reading() as session:
            found: dict[int, datetime] = {}
            for of_days in (_within(first, last), col(_Paper.pk).in_(on_lists)):
                result = await session.stream(papers.where(of_days))
                async for rows in result.partitions(_AT_ONCE):  # a few at a time: other people are waiting too
                    found.update({row[0]: row[1] for row in rows})
            said = await standings(session, first, last)
        return await in_thread(
            lambda: tuple(Listed(pk, at, said.get(pk) or Standing(0, 0, at.date())) for pk, at in found.items())
        )

    async def said_of(self, pks: Collection[int], today: date) -> dict[int, Standing]:
        """What is said of these papers, of those that anything is said of."""
        async with self._db.reading() as session:
            return await standings(session, date.min, today, pks)

    async def newest_day(self, today: date) -> date | None:
        """The latest day, up to today, that has papers."""
        async with self._db.reading() as session:
            return await _day_with_papers(session, date.min, today, is_newest=True)

    async def neighbours(self, first: date, last: date, today: date) -> tuple[date | None, date | None]:
        """The nearest days with papers before and after these, up to today."""
        async with self._db.reading() as session:
            before = await _day_with_papers(session, date.min, first - _DAY, is_newest=True)
            after = await _day_with_papers(session, last + _DAY, today, is_newest=False) if last < today else None
            return before, after

    async def public(self, pks: Sequence[int]) -> frozenset[int]:
        """Those of these papers that are for everybody."""
        found: set[int] = set()
        async with self._db.reading() as session:
            for some in batches(pks):
                found |= set(await session.scalars(select(col(_Paper.pk)).where(col(_Paper.pk).in_(some), is_public())))
        return frozenset(found)

    async def mark(self, today: date) -> tuple[object, ...]:
        """Another one whenever papers came in or votes changed; cheap enough to be asked every second."""
        given, lately = tables.Feedback, col(_Sighting.day) > today - timedelta(days=_VOTED_DAYS)
        questions: tuple[Any, ...] = (
            select(func.max(col(_Paper.pk))),
            select(func.count(), func.sum(col(_Sighting.upvotes))).where(lately),
            select(func.count(), func.sum(col(given.sign)), func.max(col(given.at))),
        )
        async with self._db.reading() as session:
            return tuple([tuple((await session.execute(question)).one()) for question in questions])


def is_public() -> Any:
    """Whether a paper is known from elsewhere than a feed that somebody follows, or has an identifier of its own."""
    mine = col(_Sighting.paper_pk) == col(_Paper.pk)
    in_a_feed = exists().where(mine, ~_is_list()).correlate(_Paper)
    on_a_list = exists().where(mine, _is_list()).correlate(_Paper)
    name = col(_Alias.id)
    is_published = and_(name.not_like("url:%"), name.not_like("title:%"))
    has_a_name = exists().where(col(_Alias.paper_pk) == col(_Paper.pk), is_published).correlate(_Paper)
    return or_(~in_a_feed, on_a_list, has_a_name)


def _is_list() -> Any:
    return col(_Sighting.source).not_like(f"{FEED}%")


def _within(first: date, last: date) -> Any:
    listed = col(_Paper.listed_at)
    begun = listed >= _midnight(first)
    return begun if last == date.max else and_(begun, listed < _midnight(last + _DAY))


async def _day_with_papers(session: AsyncSession, first: date, last: date, *, is_newest: bool) -> date | None:
    """The newest day within these that has papers, or the oldest."""
    paper = select(col(_Paper.listed_at)).where(_within(first, last), col(_Paper.withdrawn).is_(False), is_public())
    seen = select(col(_Sighting.day)).where(_is_list(), col(_Sighting.day).between(first, last))
    listed_at, day = col(_Paper.listed_at), col(_Sighting.day)
    order = (listed_at.desc(), day.desc()) if is_newest else (listed_at, day)
    listed: datetime | None = await session.scalar(paper.order_by(order[0]).limit(1))
    sighted: date | None = await session.scalar(seen.order_by(order[1]).limit(1))
    found = [one for one in (listed.date() if listed else None, sighted) if one]
    return (max if is_newest else min)(found, default=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
