"""Where papers were seen: on the voted lists of a day, and in the feeds that somebody follows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlmodel import col

from bot import tables
from bot.model import Paper
from bot.store.engine import Database
from bot.store.rows import batches, get_papers
from bot.store.saving import FEED

TRENDING = ("trending", "trending")  # kind and key of the one follow of that kind
TRENDING_DAYS = 7  # how long a paper on a voted list counts as trending
_IN_A_FEED = 0.6  # the score of a paper that answers a follow by a fact
_MANY_VOTES = 50  # with so many, a score of 0.75: a good day's first paper has more, its last far less

_Sighting = tables.Sighting


@dataclass(frozen=True, slots=True)
class Voted:
    """A paper with its votes on the list, and how many were there for the day it was listed."""

    paper: Paper
    votes: int
    day: date


class Sightings:
    """What the sources' lists said of papers."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def scores(self, papers: Sequence[Paper], now: datetime) -> Mapping[tuple[str, str], Mapping[int, float]]:
        """By kind and key of a follow that goes by where papers were seen, the score of each of these seen there."""
        since = now.date() - timedelta(days=TRENDING_DAYS)
        source, upvotes = col(_Sighting.source), col(_Sighting.upvotes)
        is_voted = upvotes.is_not(None) & (col(_Sighting.day) > since)
        query = select(col(_Sighting.paper_pk), source, upvotes)
        query = query.where(or_(source.startswith(FEED, autoescape=True), is_voted))
        found: defaultdict[tuple[str, str], dict[int, float]] = defaultdict(dict)
        async with self._db.reading() as session:
            for some in batches([paper.pk for paper in papers]):
                for pk, seen_in, votes in await session.execute(query.where(col(_Sighting.paper_pk).in_(some))):
                    if seen_in.startswith(FEED):
                        found["feed", seen_in.removeprefix(FEED)][pk] = _IN_A_FEED
                    else:
                        found[TRENDING][pk] = max(_score(votes), found[TRENDING].get(pk, 0.0))
        return found

    async def trending(self, since: date, most: int) -> tuple[Voted, ...]:
        """The papers on voted lists since that day, most votes first, the newest first of equals."""
        votes, day = func.max(col(_Sighting.upvotes)), func.max(col(_Sighting.day))
        query: Any = select(col(_Sighting.paper_pk), votes, day)
        query = query.where(col(_Sighting.upvotes).is_not(None), col(_Sighting.day) >= since)
        query = query.group_by(col(_Sighting.paper_pk))
        async with self._db.reading() as session:
            rows = (
                await session.execute(
                    query.order_by(votes.desc(), day.desc(), col(_Sighting.paper_pk).desc()).limit(most)
                )
            ).all()
            papers = {paper.pk: paper for paper in await get_papers(session, [row[0] for row in rows])}
        return tuple(Voted(papers[pk], votes, day) for pk, votes, day in rows if pk in papers)

    async def latest_list(self) -> date | None:
        """The day of the newest voted list."""
        query = select(func.max(col(_Sighting.day))).where(col(_Sighting.upvotes).is_not(None))
        async with self._db.reading() as session:
            found: date | None = await session.scalar(query)
            return found


def _score(votes: int | None) -> float:
    """0.5 for a paper without votes, which is on the list all the same; near 1 for very many."""
    votes = max(votes or 0, 0)
    return 0.5 + 0.5 * votes / (votes + _MANY_VOTES)
