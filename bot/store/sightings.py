"""Where papers were seen: on the voted lists of a day, and in the feeds that somebody follows."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col

from bot import tables, trending
from bot.model import Paper
from bot.store.engine import Database
from bot.store.rows import batches, get_papers
from bot.store.saving import FEED

TRENDING = ("trending", "trending")  # kind and key of the one follow of that kind
TRENDING_DAYS = 7  # how long a paper on a voted list counts as trending
_IN_A_FEED = 0.6  # the score of a paper that answers a follow by a fact
_WARM = 50.0  # so warm, a paper has a score of 0.75: a good day's first one is warmer, its last far less

_Sighting = tables.Sighting


@dataclass(frozen=True, slots=True)
class Standing:
    """What is said of a paper: votes on a public list, those of people in our channels less those against, its day.

    day: of the latest list it is on, else when it was listed at all. What came to one person alone counts for nobody.
    """

    votes: int
    people: int
    day: date

    def heat(self, today: date) -> float:
        """How warm it is on that day."""
        return trending.heat(self.votes, self.people, (today - self.day).days)


@dataclass(frozen=True, slots=True)
class Voted:
    """A paper with what is said of it."""

    paper: Paper
    votes: int
    people: int
    day: date


class Sightings:
    """What the sources' lists said of papers."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def scores(self, papers: Sequence[Paper], now: datetime) -> Mapping[tuple[str, str], Mapping[int, float]]:
        """By kind and key of a follow that goes by where papers were seen, the score of each of these seen there."""
        today, wanted = now.date(), {paper.pk for paper in papers}
        source = col(_Sighting.source)
        query = select(col(_Sighting.paper_pk), source).where(source.startswith(FEED, autoescape=True))
        found: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        async with self._db.reading() as session:
            for some in batches([paper.pk for paper in papers]):
                for pk, seen_in in await session.execute(query.where(col(_Sighting.paper_pk).in_(some))):
                    found["feed", seen_in.removeprefix(FEED)][pk] = _IN_A_FEED
            standing = await standings(session, today - timedelta(days=TRENDING_DAYS - 1), today)
        if warm := {pk: _score(one.heat(today)) for pk, one in standing.items() if pk in wanted}:
            found[TRENDING] = warm
        return found

    async def trending(self, since: date, today: date, most: int) -> tuple[Voted, ...]:
        """The papers on voted lists since that day and those that people voted for here, the warmest first."""
        async with self._db.reading() as session:
            found = await standings(session, since, today)
            order = sorted(found, key=lambda pk: (found[pk].heat(today), found[pk].day, pk), reverse=True)
            papers = await get_papers(session, order[:most])
        stand = ((paper, found[paper.pk]) for paper in papers)
        return tuple(Voted(paper, one.votes, one.people, one.day) for paper, one in stand)

    async def heats(self, since: date, today: date) -> Mapping[int, float]:
        """How warm each paper (pk) is that was listed since that day and voted for."""
        async with self._db.reading() as session:
            found = await standings(session, since, today)
        return {pk: warm for pk, one in found.items() if (warm := one.heat(today))}

    async def latest_list(self) -> date | None:
        """The day of the newest voted list."""
        query = select(func.max(col(_Sighting.day))).where(col(_Sighting.upvotes).is_not(None))
        async with self._db.reading() as session:
            found: date | None = await session.scalar(query)
            return found


async def standings(
    session: AsyncSession, first: date, last: date, pks: Collection[int] | None = None
) -> dict[int, Standing]:
    """What is said of papers (pk), of all or of these: on the voted lists of these days, or here if listed in them."""
    pk, votes, day = col(_Sighting.paper_pk), func.max(col(_Sighting.upvotes)), func.max(col(_Sighting.day))
    on_lists: Any = select(pk, votes, day).where(col(_Sighting.upvotes).is_not(None)).group_by(pk)
    people: Any = select(
        col(tables.Feedback.paper_pk), func.sum(col(tables.Feedback.sign)), col(tables.Paper.listed_at)
    )
    people = people.join(tables.Paper).join(tables.Channel).where(col(tables.Channel.kind) == "channel")
    people = people.group_by(col(tables.Feedback.paper_pk), col(tables.Paper.listed_at))
    found: dict[int, Standing] = {}
    here: dict[int, tuple[int, date]] = {}
    for some in [None] if pks is None else batches(list(pks)):
        wanted = (
            (on_lists, people)
            if some is None
            else (on_lists.where(pk.in_(some)), people.where(col(tables.Feedback.paper_pk).in_(some)))
        )
        rows = await session.execute(wanted[0].where(col(_Sighting.day).between(first, last)))
        found |= {row[0]: Standing(row[1], 0, row[2]) for row in rows}
        rows = await session.execute(wanted[1].where(col(tables.Feedback.at) >= datetime.combine(first, time(), UTC)))
        here |= {row[0]: (int(row[1]), row[2].date()) for row in rows}
    for paper, (sum_of_votes, listed) in here.items():
        if paper in found:
            found[paper] = Standing(found[paper].votes, sum_of_votes, found[paper].day)
        elif first <= listed <= last and sum_of_votes > 0:
            found[paper] = Standing(0, sum_of_votes, listed)
    return found


def _score(heat: float) -> float:
    """0.5 for a paper without votes, which is on the list all the same; near 1 for a very warm one."""
    return 0.5 + 0.5 * heat / (heat + _WARM)
