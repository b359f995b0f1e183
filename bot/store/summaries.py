"""What a language model said of papers: kept, so that it is asked once; and how often it was asked today."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlmodel import col

from bot import tables
from bot.store.engine import Database

_ASKED = ("service", "summaries")  # the fact that says so: a day and a number


class Summaries:
    """At most one summary a paper. A newer text of the paper takes it away."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def of(self, papers: Sequence[int]) -> Mapping[int, str]:
        """What is kept of these papers (pk), by paper; empty where what was said was refused."""
        query = select(tables.Summary).where(col(tables.Summary.paper_pk).in_(papers))
        async with self._db.reading() as session:
            return {row.paper_pk: row.text for row in await session.scalars(query)}

    async def keep(self, paper: int, text: str, model: str, now: datetime) -> None:
        """Keep a paper's summary in place of the one before, unless the paper is gone."""
        async with self._db.writing(f"summary {paper}") as session:
            if await session.get(tables.Paper, paper):
                await session.merge(tables.Summary(paper_pk=paper, text=text, model=model, made_at=now))

    async def may_ask(self, now: datetime, most: int) -> bool:
        """Whether the model may be asked once more today (UTC), `most` times by all workers; counts it if so."""
        async with self._db.writing("summaries") as session:
            row = await session.get(tables.AdapterFact, _ASKED)
            day, _, count = row.value.partition(" ") if row else ("", "", "0")
            asked = int(count) if day == f"{now.date()}" else 0
            if asked >= most:
                return False
            adapter, key = _ASKED
            await session.merge(tables.AdapterFact(adapter=adapter, key=key, value=f"{now.date()} {asked + 1}"))
            return True
